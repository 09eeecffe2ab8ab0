"""Finds Terraform and a place from which it can install the AWS provider.

`python -m tools.terraform_setup` says what was found, or in one sentence what is missing. What is
written lies in build/terraform. Three variables choose something else than what is usual: TERRAFORM, another
executable (`tofu`); TERRAFORM_PROVIDER_VERSION, a version of the provider (`5.83.0`, `~> 6.0`) instead of the
newest; TERRAFORM_PROVIDER_MIRROR, a folder that has the provider.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
EXECUTABLE_VARIABLE = "TERRAFORM"
PROVIDER_VERSION_VARIABLE = "TERRAFORM_PROVIDER_VERSION"
MIRROR_VARIABLE = "TERRAFORM_PROVIDER_MIRROR"
PROVIDER = "hashicorp/aws"
LOCK_FILE = ".terraform.lock.hcl"
MINIMUM_VERSION = (1, 5)  # the module's own: see versions.tf
# Where add-on software is usually put (Filesystem Hierarchy Standard).
ADD_ON_FOLDERS = ("/opt", "/usr/local/share", "/usr/local/lib", "/usr/share")


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
    name = os.environ.get(EXECUTABLE_VARIABLE) or "terraform"
    executable = shutil.which(name)
    if executable is None:
        raise SetupError(f"{name} isn't on the PATH: install Terraform 1.7 or newer.")
    environment = without_settings_of_the_caller(os.environ)
    version, platform = version_and_platform(executable, environment)
    folder = BUILD / "terraform"
    folder.mkdir(parents=True, exist_ok=True)
    settings, origin = provider_settings(os.environ, Path.home(), platform, folder)
    terraform = Terraform(
        executable, version, environment | settings, origin, folder / "provider" / LOCK_FILE
    )
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


def version_and_platform(executable: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """Terraform's version and its name for this platform, such as `linux_amd64`."""
    answer = subprocess.run(
        [executable, "version", "-json"], env=environment, capture_output=True, text=True, check=True
    )
    described = json.loads(answer.stdout)
    version = str(described["terraform_version"])
    if is_older(version, MINIMUM_VERSION):
        raise SetupError(f"Terraform {version} is too old: the module needs version 1.5.7 or newer.")
    return version, str(described["platform"])


def is_older(version: str, than: tuple[int, int]) -> bool:
    """Whether a version such as `1.11.4` comes before a major and minor one."""
    return tuple(int(part) for part in version.split(".")[:2]) < than


def provider_settings(
    environment: Mapping[str, str], home: Path, platform: str, folder: Path
) -> tuple[dict[str, str], str]:
    """The variables that tell Terraform where to get the provider, and the same in words.

    A mirror that the caller names comes first, then a CLI configuration of the caller's, then a mirror that
    is found, then the registry.

    Raises:
        SetupError: the mirror that the caller names doesn't hold the provider.
    """
    named = environment.get(MIRROR_VARIABLE)
    if named and not holds_provider(Path(named), platform):
        raise SetupError(
            f"{MIRROR_VARIABLE} is {named}, where there is no provider {PROVIDER} for {platform}."
        )
    configuration = None if named else configuration_of_the_caller(environment, home)
    cache = folder / "cache"
    cache.mkdir(exist_ok=True)
    if configuration:
        return {
            "TF_CLI_CONFIG_FILE": str(configuration),
            "TF_PLUGIN_CACHE_DIR": str(cache),
        }, f"as {configuration} says"
    mirror = Path(named) if named else find_mirror(environment, home, platform)
    if mirror is None:
        return {"TF_PLUGIN_CACHE_DIR": str(cache)}, "from the registry"
    written, text = folder / "cli.tfrc", mirror_configuration(mirror.resolve())
    if not written.is_file() or written.read_text() != text:  # else other processes may be reading it
        written.write_text(text)
    return {"TF_CLI_CONFIG_FILE": str(written)}, f"from {mirror}"


def configuration_of_the_caller(environment: Mapping[str, str], home: Path) -> Path | None:
    """The caller's CLI configuration: the one that is named, or the usual one if it names a source.

    A variable that names a file that doesn't exist counts as none.
    """
    named = environment.get("TF_CLI_CONFIG_FILE")
    if named and Path(named).is_file():
        return Path(named).resolve()
    usual = home / ".terraformrc"
    if not named and usual.is_file() and "provider_installation" in usual.read_text():
        return usual
    return None


def find_mirror(
    environment: Mapping[str, str], home: Path, platform: str, add_on_folders: Iterable[str] = ADD_ON_FOLDERS
) -> Path | None:
    """The first folder on this machine that holds the provider, laid out as a filesystem mirror."""
    candidates = [*implied_mirrors(environment, home), *folders_in(add_on_folders)]
    return next((folder for folder in candidates if holds_provider(folder, platform)), None)


def implied_mirrors(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    """Where Terraform looks if no configuration tells it ("Implied Local Mirror Directories" in its docs)."""
    yield home / ".terraform.d" / "plugins"
    yield home / "Library" / "Application Support" / "io.terraform" / "plugins"
    data_home = environment.get("XDG_DATA_HOME") or str(home / ".local" / "share")
    data_folders = environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    for data_folder in [data_home, *data_folders.split(":")]:
        yield Path(data_folder) / "terraform" / "plugins"


def folders_in(parents: Iterable[str]) -> Iterator[Path]:
    """The folders directly in each of these, sorted."""
    for parent in map(Path, parents):
        if parent.is_dir():
            yield from sorted(child for child in parent.iterdir() if child.is_dir())


def holds_provider(folder: Path, platform: str) -> bool:
    """Whether a folder is a filesystem mirror with the provider for a platform, unpacked or as zip files."""
    try:
        unpacked = any(folder.glob(f"*/{PROVIDER}/*/{platform}"))
        return unpacked or any(folder.glob(f"*/{PROVIDER}/terraform-provider-aws_*_{platform}.zip"))
    except OSError:  # a folder that may not be read
        return False


def mirror_configuration(mirror: Path) -> str:
    """The CLI configuration that takes the provider from a mirror and never from the registry."""
    return f"""\
provider_installation {{
  filesystem_mirror {{
    path    = {json.dumps(str(mirror))}
    include = ["{PROVIDER}"]
  }}
  direct {{
    exclude = ["{PROVIDER}"]
  }}
}}
"""


def version_override(constraint: str | None) -> str:
    """The override file that replaces the module's own constraint of the provider; empty if nothing does."""
    if not constraint:
        return ""
    return f"""\
terraform {{
  required_providers {{
    aws = {{
      source  = "{PROVIDER}"
      version = {json.dumps(constraint)}
    }}
  }}
}}
"""


def install_provider(terraform: Terraform) -> None:
    """Let Terraform choose the provider for the module's versions.tf and write the lock file.

    It does so once, until something changes.

    Raises:
        SetupError: it can't; its reason follows the sentence.
    """
    versions = (ROOT / "versions.tf").read_text()
    override = version_override(os.environ.get(PROVIDER_VERSION_VARIABLE))
    configuration = Path(terraform.environment["TF_CLI_CONFIG_FILE"]).read_text()
    wanted = "\n".join([terraform.executable, terraform.version, configuration, versions, override])
    folder = terraform.lock_file.parent
    installed = folder / "installed"
    if terraform.lock_file.is_file() and installed.is_file() and installed.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "versions.tf").write_text(versions)
    (folder / "versions_override.tf").write_text(override)
    result = subprocess.run(
        [terraform.executable, "init", "-input=false", "-no-color"],
        cwd=folder,
        env=terraform.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SetupError(
            f"There is no provider {PROVIDER} to be had {terraform.provider_origin}: make the registry "
            f"reachable, or let {MIRROR_VARIABLE} name a folder that `terraform providers mirror` made. "
            f"Terraform says:\n{result.stderr.strip()}"
        )
    installed.write_text(wanted)


def main() -> None:
    """Say what was found; exit with one sentence if something is missing."""
    try:
        terraform = prepare()
    except SetupError as error:
        sys.exit(str(error))
    print(f"Terraform {terraform.version}, provider {PROVIDER} {terraform.provider_origin}.")


if __name__ == "__main__":
    main()
