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
  nextStep: Choose
  inputs: { Runtime: python3.11, Handler: handler, Script: "def handler(events, context): ..." }
- name: Choose
  action: aws:branch
  isEnd: true
  inputs:
    Choices:
    - NextStep: Sleep
      And:
      - Not: { Variable: "{{ automation:EXECUTION_ID }}", StringEquals: one }
      - Not: { Variable: "{{ automation:EXECUTION_ID }}", StringEquals: other }
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
        ("nextStep: Choose", "nextStep: Chose", "there is no step 'Chose' to go to"),
        ("NextStep: Sleep", "NextStep: Slep", "there is no step 'Slep' to go to"),
        ("{{ automation:EXECUTION_ID }}", "{{ Say.Nothing }}", "Say.Nothing"),
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


ASK: dict[str, Any] = {
    "name": "Ask",
    "action": "aws:invokeLambdaFunction",
    "maxAttempts": 1,
    "timeoutSeconds": 300,
    "onFailure": "step:Tell",
    "inputs": {"FunctionName": "function"},
}
CHOOSE: dict[str, Any] = {
    "name": "Choose",
    "action": "aws:branch",
    "timeoutSeconds": 60,
    "onFailure": "step:Tell",
    "isEnd": True,
    "inputs": {"Choices": []},
}
START: dict[str, Any] = {
    "name": "Start",
    "action": "aws:executeAutomation",
    "timeoutSeconds": 360,
    "inputs": {"DocumentName": "child"},
}
CHILD = {"mainSteps": [ASK, CHOOSE]}


def of_project(step: dict[str, Any]) -> list[str]:
    """The problems of a document with this step, which may start a child of 360 s."""
    return list(check_documents.project_problems({"all.parent": {"mainSteps": [step]}, "all.child": CHILD}))


@pytest.mark.parametrize(
    "step", [ASK, CHOOSE, START, CHOOSE | {"isEnd": False, "inputs": {"Default": "Tell"}}]
)
def test_a_step_that_ends_where_it_should_has_no_problems(step: dict[str, Any]) -> None:
    assert of_project(step) == []


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (ASK | {"maxAttempts": 2}, "step Ask: maxAttempts is 2, and must be 1"),
        (ASK | {"timeoutSeconds": 60}, "step Ask: timeoutSeconds is 60, and must be 300"),
        (ASK | {"onFailure": "Abort"}, "step Ask: onFailure names no step"),
        (CHOOSE | {"onFailure": "Continue"}, "step Choose: onFailure names no step"),
        (CHOOSE | {"isEnd": False}, "step Choose: has neither a Default nor isEnd"),
        (
            START | {"timeoutSeconds": 359},
            "step Start: timeoutSeconds is 359, and what it starts may take 360",
        ),
    ],
)
def test_a_step_that_could_keep_people_from_being_told_is_refused(step: dict[str, Any], problem: str) -> None:
    [found] = of_project(step)
    assert found.startswith(f"all.parent: {problem}")


def test_a_step_that_is_started_needs_an_end() -> None:
    child = {"mainSteps": [{"name": "Wait", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}]}
    found = check_documents.project_problems({"all.parent": {"mainSteps": [START]}, "all.child": child})
    assert list(found) == ["all.parent: step Start: starts steps without timeoutSeconds: Wait"]


def test_scripts_belong_into_the_function() -> None:
    scripts = ["one", "\n".join(["line"] * 9)]
    steps = [{"name": "Say", "action": "aws:executeScript", "inputs": {"Script": each}} for each in scripts]
    assert set(check_documents.project_problems({"all.parent": {"mainSteps": steps}})) == {
        "there are 2 inline scripts, and may be one: the others belong into the function",
        "an inline script has 9 lines, and may have 8",
    }


def test_a_template_is_short(tmp_path: Path) -> None:
    for name, lines in {"runbook": 181, "repair": 180, "reminder": 51}.items():
        (tmp_path / f"{name}.yaml.tftpl").write_text("line\n" * lines)
    assert list(check_documents.template_problems(tmp_path)) == [
        "reminder.yaml.tftpl has 51 lines, and may have 50",
        "runbook.yaml.tftpl has 181 lines, and may have 180",
    ]
