"""Finds Terraform and a place from which it can install the AWS provider.

`python -m tools.terraform_setup` says what was found, or in one sentence what is missing. What is
written lies in build/terraform. Two variables choose something else than what is usual: TERRAFORM, another
executable (`tofu`); TERRAFORM_PROVIDER_VERSION, a version of the provider (`5.83.0`, `~> 6.0`) instead of the
newest.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
FOLDER = BUILD / "terraform"
LOCK_FILE = ".terraform.lock.hcl"
# Where add-on software is usually put (Filesystem Hierarchy Standard).
ADD_ON_FOLDERS = ("/opt", "/usr/local/share", "/usr/local/lib", "/usr/share")
MIRROR = """\
provider_installation {{
  filesystem_mirror {{
    path = {}
  }}
  direct {{
    exclude = ["hashicorp/aws"]
  }}
}}
"""


class SetupError(Exception):
    """Something is missing on this machine; the text is one sentence for the person at the keyboard."""


@dataclass(frozen=True)
class Terraform:
    """Terraform, ready to use: the executable, its version, and the environment to run it in.

    `provider_origin` says in words where the provider comes from. `lock_file` names the provider that was
    found, so that each configuration gets the same one without looking again.
    """

    executable: str
    version: str
    environment: Mapping[str, str]
    provider_origin: str
    lock_file: Path


@functools.cache
def prepare() -> Terraform:
    """Find Terraform and the provider, once a process.

    Raises:
        SetupError: Terraform or the provider is missing.
    """
    name = os.environ.get("TERRAFORM") or "terraform"
    executable = shutil.which(name)
    if executable is None:
        raise SetupError(f"{name} isn't on the PATH: install Terraform 1.7 or newer.")
    environment = without_settings_of_the_caller(os.environ)
    command = [executable, "version", "-json"]
    described = json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
    version = described["terraform_version"]
    if is_older(version, (1, 5)):  # see versions.tf
        raise SetupError(f"Terraform {version} is too old: the module needs version 1.5.7 or newer.")
    (FOLDER / "cache").mkdir(parents=True, exist_ok=True)
    settings, origin = provider_source(described["platform"])
    lock_file = FOLDER / "provider" / LOCK_FILE
    terraform = Terraform(executable, version, environment | settings, origin, lock_file)
    install_provider(terraform)
    return terraform


def without_settings_of_the_caller(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would change Terraform's behaviour or lead it to a real AWS account."""
    kept = {name: value for name, value in environment.items() if not name.startswith(("AWS_", "TF_"))}
    return kept | {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CHECKPOINT_DISABLE": "true",  # no look for newer versions
        "GOGC": "off",  # each command is short, and a quarter of its time would go into garbage collection
        "GOMEMLIMIT": "1GiB",
        "TF_CLI_CONFIG_FILE": os.devnull,
        "TF_IN_AUTOMATION": "true",
    }


def is_older(version: str, than: tuple[int, int]) -> bool:
    """Whether a version such as `1.11.4` comes before a major and minor one."""
    return tuple(int(part) for part in version.split(".")[:2]) < than


def provider_source(platform: str) -> tuple[dict[str, str], str]:
    """The variables that tell Terraform where to get the provider, and the same in words.

    A CLI configuration of the caller's comes first: the one that is named, if it exists, or the usual one, if
    it names a source. Then comes a mirror among add-on software, then what Terraform does by itself.
    """
    own = {"TF_PLUGIN_CACHE_DIR": str(FOLDER / "cache")}
    named, usual = Path(os.environ.get("TF_CLI_CONFIG_FILE", "")), Path.home() / ".terraformrc"
    if named.is_file():
        return own | {"TF_CLI_CONFIG_FILE": str(named.resolve())}, f"as {named} says"
    if usual.is_file() and "provider_installation" in usual.read_text():
        return own | {"TF_CLI_CONFIG_FILE": str(usual)}, f"as {usual} says"
    mirror = mirror_among_add_ons(platform)
    if mirror is None:
        return own, "from the registry"
    written, text = FOLDER / "cli.tfrc", MIRROR.format(json.dumps(str(mirror)))
    if not written.is_file() or written.read_text() != text:  # else other processes may be reading it
        written.write_text(text)
    return {"TF_CLI_CONFIG_FILE": str(written)}, f"from {mirror}"


def mirror_among_add_ons(platform: str) -> Path | None:
    """The first folder that is laid out as a mirror with the provider, unpacked or as zip files."""
    for folder in (each for parent in ADD_ON_FOLDERS for each in sorted(Path(parent).glob("*"))):
        if [found for kind in "/_" for found in folder.glob(f"*/hashicorp/aws/*{kind}{platform}*")]:
            return folder
    return None


def install_provider(terraform: Terraform) -> None:
    """Let Terraform choose the provider for the module's versions.tf and write the lock file.

    It does so once, until something changes.

    Raises:
        SetupError: it can't; its reason follows the sentence.
    """
    chosen = os.environ.get("TERRAFORM_PROVIDER_VERSION")
    versions = (ROOT / "versions.tf").read_text()
    provider = {"source": "hashicorp/aws", "version": chosen}
    override = json.dumps({"terraform": {"required_providers": {"aws": provider}}} if chosen else {})
    configuration = Path(terraform.environment["TF_CLI_CONFIG_FILE"]).read_text()
    wanted = "\n".join([terraform.executable, terraform.version, configuration, versions, override])
    folder = terraform.lock_file.parent
    installed = folder / "installed"
    if terraform.lock_file.is_file() and installed.is_file() and installed.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "versions.tf").write_text(versions)
    (folder / "versions_override.tf.json").write_text(override)
    command = [terraform.executable, "init", "-input=false", "-no-color"]
    result = subprocess.run(
        command, cwd=folder, env=terraform.environment, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise SetupError(
            f"There is no provider hashicorp/aws to be had {terraform.provider_origin}: make the registry "
            "reachable, or let TF_CLI_CONFIG_FILE name a configuration with another source. "
            f"Terraform says:\n{result.stderr.strip()}"
        )
    installed.write_text(wanted)


def main() -> None:
    """Say what was found; exit with one sentence if something is missing."""
    try:
        terraform = prepare()
    except SetupError as error:
        sys.exit(str(error))
    print(f"Terraform {terraform.version}, provider hashicorp/aws {terraform.provider_origin}.")


if __name__ == "__main__":
    main()
