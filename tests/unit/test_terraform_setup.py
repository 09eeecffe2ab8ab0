"""How Terraform and the AWS provider are found."""

import json
import os
from pathlib import Path

import pytest

from tools import terraform_setup
from tools.terraform_setup import SetupError, prepare, provider_source, without_settings_of_the_caller

UNPACKED = "registry.example/hashicorp/aws/5.83.0/linux_amd64/provider"
PACKED = "registry.example/hashicorp/aws/terraform-provider-aws_5.83.0_linux_amd64.zip"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing is installed."""
    monkeypatch.setattr(terraform_setup, "FOLDER", tmp_path)
    monkeypatch.setattr(terraform_setup, "ADD_ON_FOLDERS", [str(tmp_path / "missing"), str(tmp_path / "opt")])
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("files", "variables", "origin"),
    [
        ([], {}, "from the registry"),
        ([f"opt/a/{UNPACKED}"], {}, "from {}/opt/a"),
        (["opt/a/other", f"opt/b/{PACKED}"], {}, "from {}/opt/b"),
        ([f"opt/a/{UNPACKED.replace('amd', 'arm')}"], {}, "from the registry"),
        ([f"opt/a/{PACKED}"], {"TF_CLI_CONFIG_FILE": "{}/missing"}, "from {}/opt/a"),
        ([f"opt/a/{PACKED}", "mine"], {"TF_CLI_CONFIG_FILE": "{}/mine"}, "as {}/mine says"),
        ([f"opt/a/{PACKED}", "home/.terraformrc"], {}, "as {}/home/.terraformrc says"),
    ],
)
def test_the_provider_comes_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], variables: dict[str, str], origin: str
) -> None:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("provider_installation {}")
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(folder))
    settings, said = provider_source("linux_amd64")
    assert said == origin.format(folder)
    place = said.removeprefix("from ").removeprefix("as ").removesuffix(" says")
    configuration = settings.get("TF_CLI_CONFIG_FILE", "")
    assert configuration == place or place == "the registry" or place in Path(configuration).read_text()


def test_what_would_lead_to_a_real_account_or_another_behaviour_is_left_out() -> None:
    caller = {"PATH": "/bin", "AWS_PROFILE": "production", "TF_VAR_name": "x", "TF_DATA_DIR": "x"}
    environment = without_settings_of_the_caller(caller)
    assert environment["PATH"] == "/bin"
    assert environment["AWS_CONFIG_FILE"] == os.devnull
    assert not caller.keys() & environment.keys() - {"PATH"}


@pytest.mark.parametrize(
    ("version", "sentence"),
    [("", r"^terraform isn't on the PATH: .*\.$"), ("1.4.9", r"^Terraform 1\.4\.9 is too old: .*\.$")],
)
def test_what_is_missing_is_said_in_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, version: str, sentence: str
) -> None:
    if version:
        answer = json.dumps({"terraform_version": version, "platform": "linux_amd64"})
        (folder / "tofu").write_text(f"#!/bin/sh\necho '{answer}'\n")
        (folder / "tofu").chmod(0o755)
        monkeypatch.setenv("TERRAFORM", "tofu")
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(SetupError, match=sentence):
        prepare.__wrapped__()


@pytest.mark.terraform
def test_a_provider_that_is_not_to_be_had_is_one_sentence_and_terraforms_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform_setup, "FOLDER", tmp_path)
    monkeypatch.setenv("TERRAFORM_PROVIDER_VERSION", "5.83.99")
    with pytest.raises(SetupError, match=r"(?s)^There is no provider hashicorp/aws .*Error: .*5\.83\.99"):
        prepare.__wrapped__()
