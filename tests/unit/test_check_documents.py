"""`make lint-documents`: what it refuses, and what it says if it can't get AWS's schema."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import check_documents
from tools.terraform_setup import SetupError

RUNTIMES = {"enum": ["python3.6", "python3.7", "PowerShell Core 6.0"]}
SCHEMA = check_documents.amended(
    {
        "properties": {
            "mainSteps": {
                "items": {"properties": {"inputs": {"properties": {"Runtime": {"oneOf": [RUNTIMES]}}}}}
            }
        }
    }
)
DOCUMENT = """
schemaVersion: "0.3"
mainSteps:
- name: Say
  action: aws:executeScript
  nextStep: Sleep
  inputs: { Runtime: python3.11, Handler: handler, Script: "def handler(events, context): ..." }
- name: Sleep
  action: aws:sleep
  inputs: { Duration: PT1S }
"""


def problems(old: str, new: str, schema: dict[str, Any] = SCHEMA) -> str:
    return " ".join(check_documents.problems_of(DOCUMENT.replace(old, new), schema))


def test_a_document_that_is_right_has_no_problems() -> None:
    assert problems("", "") == ""


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("nextStep: Sleep", "nextStep: Slep", "there is no step 'Slep' to go to"),
        ("name: Sleep", "name: Say", "the name is used twice"),
        ("PT1S", "'{{ Say.Nothing }}'", "Say.Nothing"),
    ],
)
def test_a_document_that_is_wrong_is_refused(old: str, new: str, problem: str) -> None:
    assert problem in problems(old, new)


def test_what_aws_schema_refuses_is_named_with_its_place() -> None:
    schema = {"properties": {"mainSteps": {"items": {"required": ["description"]}}}}
    assert problems("", "", schema).startswith("mainSteps.0: 'description' is a required property")


def test_a_schema_that_is_not_the_known_one_is_refused() -> None:
    with pytest.raises(SetupError, match="another than the one that is known"):
        check_documents.amended({})


def test_without_npm_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(SetupError, match=r"npm isn't on the PATH: install Node\.js"):
        check_documents.published_schema(tmp_path)


def test_a_package_with_other_content_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pack(command: list[str], **_options: Any) -> subprocess.CompletedProcess[str]:
        (tmp_path / "package.tgz").write_text("something else")
        return subprocess.CompletedProcess(command, 0, "package.tgz\n")

    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(subprocess, "run", pack)
    with pytest.raises(SetupError, match="has the SHA-512"):
        check_documents.published_schema(tmp_path)
