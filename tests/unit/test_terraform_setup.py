"""How Terraform and the AWS provider are found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools import terraform_setup
from tools.terraform_setup import (
    MIRROR_VARIABLE,
    SetupError,
    Terraform,
    find_mirror,
    install_provider,
    mirror_configuration,
    prepare,
    provider_settings,
    without_settings_of_the_caller,
)

PLATFORM = "linux_amd64"


def unpacked_mirror(folder: Path) -> Path:
    (folder / "registry.example" / "hashicorp" / "aws" / "5.83.0" / PLATFORM).mkdir(parents=True)
    return folder


def packed_mirror(folder: Path) -> Path:
    provider = folder / "registry.example" / "hashicorp" / "aws"
    provider.mkdir(parents=True)
    (provider / f"terraform-provider-aws_5.83.0_{PLATFORM}.zip").touch()
    return folder


@pytest.mark.parametrize("make_mirror", [unpacked_mirror, packed_mirror])
@pytest.mark.parametrize(
    ("variables", "implied"),
    [
        ({}, "home/.terraform.d/plugins"),
        ({}, "home/Library/Application Support/io.terraform/plugins"),
        ({}, "home/.local/share/terraform/plugins"),
        ({"XDG_DATA_HOME": "{}/data"}, "data/terraform/plugins"),
        ({"XDG_DATA_DIRS": "{0}/a:{0}/b"}, "b/terraform/plugins"),
    ],
)
def test_a_mirror_where_terraform_itself_looks_is_found(
    tmp_path: Path, variables: dict[str, str], implied: str, make_mirror: object
) -> None:
    assert callable(make_mirror)
    mirror = make_mirror(tmp_path / implied)
    environment = {name: value.format(tmp_path) for name, value in variables.items()}
    assert find_mirror(environment, tmp_path / "home", PLATFORM, add_on_folders=[]) == mirror


def test_a_mirror_among_add_on_software_is_found(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    mirror = unpacked_mirror(tmp_path / "plugins")
    missing = str(tmp_path / "missing")
    assert find_mirror({}, tmp_path, PLATFORM, add_on_folders=[missing, str(tmp_path)]) == mirror


def test_a_mirror_for_another_platform_is_none(tmp_path: Path) -> None:
    unpacked_mirror(tmp_path / "unpacked")
    packed_mirror(tmp_path / "packed")
    assert find_mirror({"XDG_DATA_DIRS": "-"}, tmp_path, "darwin_arm64", [str(tmp_path)]) is None


def test_the_mirror_that_the_caller_names_comes_first(tmp_path: Path) -> None:
    unpacked_mirror(tmp_path / ".terraform.d" / "plugins")
    mirror = packed_mirror(tmp_path / "mine")
    settings, origin = provider_settings({MIRROR_VARIABLE: str(mirror)}, tmp_path, PLATFORM, tmp_path)
    assert Path(settings["TF_CLI_CONFIG_FILE"]).read_text() == mirror_configuration(mirror)
    assert origin == f"from {mirror}"


def test_a_configuration_that_others_may_be_reading_is_not_written_again(tmp_path: Path) -> None:
    mirror = packed_mirror(tmp_path / "mine")
    settings, _ = provider_settings({MIRROR_VARIABLE: str(mirror)}, tmp_path, PLATFORM, tmp_path)
    before = Path(settings["TF_CLI_CONFIG_FILE"]).stat().st_mtime_ns
    provider_settings({MIRROR_VARIABLE: str(mirror)}, tmp_path, PLATFORM, tmp_path)
    assert Path(settings["TF_CLI_CONFIG_FILE"]).stat().st_mtime_ns == before


def test_a_named_mirror_without_the_provider_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=rf"{MIRROR_VARIABLE} is {tmp_path}, where there is no provider"):
        provider_settings({MIRROR_VARIABLE: str(tmp_path)}, tmp_path, PLATFORM, tmp_path)


def test_the_callers_configuration_is_respected(tmp_path: Path) -> None:
    unpacked_mirror(tmp_path / ".terraform.d" / "plugins")
    file = tmp_path / "cli.tfrc"
    file.touch()
    settings, _ = provider_settings({"TF_CLI_CONFIG_FILE": str(file)}, tmp_path, PLATFORM, tmp_path)
    assert settings["TF_CLI_CONFIG_FILE"] == str(file)


def test_the_callers_usual_configuration_is_respected_if_it_names_a_source(tmp_path: Path) -> None:
    (tmp_path / ".terraformrc").write_text("provider_installation {\n}\n")
    settings, _ = provider_settings({}, tmp_path, PLATFORM, tmp_path)
    assert settings["TF_CLI_CONFIG_FILE"] == str(tmp_path / ".terraformrc")


def test_a_configuration_that_does_not_exist_counts_as_none(tmp_path: Path) -> None:
    mirror = unpacked_mirror(tmp_path / ".terraform.d" / "plugins")
    environment = {"TF_CLI_CONFIG_FILE": str(tmp_path / "missing.tfrc")}
    settings, origin = provider_settings(environment, tmp_path, PLATFORM, tmp_path)
    assert settings["TF_CLI_CONFIG_FILE"] == str(tmp_path / "cli.tfrc")
    assert origin == f"from {mirror}"


def test_without_a_mirror_the_registry_is_used_with_a_cache_in_the_build_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform_setup, "find_mirror", lambda *_: None)
    settings, origin = provider_settings({}, tmp_path, PLATFORM, tmp_path)
    assert settings == {"TF_PLUGIN_CACHE_DIR": str(tmp_path / "cache")}
    assert origin == "from the registry"


def test_what_would_lead_to_a_real_account_or_another_behaviour_is_left_out() -> None:
    caller = {"PATH": "/bin", "AWS_PROFILE": "production", "TF_VAR_name": "x", "TF_DATA_DIR": "x"}
    environment = without_settings_of_the_caller(caller)
    assert environment["PATH"] == "/bin"
    assert environment["AWS_CONFIG_FILE"] == os.devnull
    assert not caller.keys() & environment.keys() - {"PATH"}


def test_terraform_that_is_missing_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SetupError, match=r"^terraform isn't on the PATH: .*\.$"):
        prepare.__wrapped__()


def test_another_executable_can_be_named_and_must_be_new_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tofu = tmp_path / "tofu"
    tofu.write_text('#!/bin/sh\necho \'{"terraform_version": "1.4.9", "platform": "linux_amd64"}\'\n')
    tofu.chmod(0o755)
    monkeypatch.setenv("TERRAFORM", str(tofu))
    with pytest.raises(SetupError, match=r"^Terraform 1\.4\.9 is too old: .*\.$"):
        prepare.__wrapped__()


@pytest.mark.terraform
def test_a_provider_that_is_not_to_be_had_is_one_sentence_and_terraforms_reason(tmp_path: Path) -> None:
    """A mirror whose only version is too old for the module is as good as none."""
    mirror = unpacked_mirror(tmp_path / "mirror")
    versions = mirror / "registry.example" / "hashicorp" / "aws"
    (versions / "5.83.0").rename(versions / "4.0.0")
    terraform = prepare()
    configuration = tmp_path / "cli.tfrc"
    configuration.write_text(mirror_configuration(mirror))
    environment = {**terraform.environment, "TF_CLI_CONFIG_FILE": str(configuration)}
    lock_file = tmp_path / "provider" / ".terraform.lock.hcl"
    failing = Terraform(terraform.executable, terraform.version, environment, f"from {mirror}", lock_file)
    with pytest.raises(SetupError, match=r"There is no provider hashicorp/aws to be had from .*\n\n?.*Error"):
        install_provider(failing)


@pytest.mark.terraform
def test_a_version_of_the_provider_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One that isn't there is named in the error, since Terraform was asked for it."""
    monkeypatch.setenv("TERRAFORM_PROVIDER_VERSION", "5.83.99")
    terraform = prepare()
    lock_file = tmp_path / "provider" / ".terraform.lock.hcl"
    failing = Terraform(
        terraform.executable, terraform.version, terraform.environment, "from a test", lock_file
    )
    with pytest.raises(SetupError, match=r"5\.83\.99"):
        install_provider(failing)
