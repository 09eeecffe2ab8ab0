"""What modules/runbook says of users' steps that it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.terraform_locals import texts_of

pytestmark = pytest.mark.terraform

SLEEP = {"name": "Wait", "action": "aws:sleep", "inputs": {"Duration": "PT1M"}}
CALL = {"name": "Tag", "action": "aws:executeAwsApi", "inputs": {}}


def problems(tmp_path: Path, steps: str | list[dict[str, Any]], mode: str = "instance") -> list[str]:
    """The sentences with which a plan would end."""
    text = steps if isinstance(steps, str) else json.dumps(steps)
    variables = {"mode": mode, "steps": text}
    return texts_of(tmp_path, "modules/runbook/step_checks.tf", "step_problems", **variables)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("mainSteps:\n  - name: Wait\n", "is a whole document: paste only the list below its mainSteps."),
        ("name: Wait\naction: aws:sleep\n", "is a single step, not a list: paste it with a dash before its"),
        ("{name: Wait}", "must be YAML text that is a list of steps"),
        ("[name: {", "must be YAML text that is a list of steps"),
        ("", "must be YAML text that is a list of steps"),
    ],
)
def test_what_is_no_list_is_refused_in_one_sentence(tmp_path: Path, steps: str, expected: str) -> None:
    [problem] = problems(tmp_path, steps)
    assert problem.startswith("runbook.steps ")
    assert expected in problem


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": None}, "step number 1: name must be a text of 3 to 128"),
        ({"name": "Ab"}, "step Ab: name must be a text of 3 to 128"),
        ({"name": "Wait here"}, "step Wait here: name must be a text of 3 to 128"),
        ({"name": False}, "step false: name must be a text of 3 to 128"),
        ({"name": "Notify"}, "step Notify: name is that of a step of the module (LookUp, Route, "),
        ({"name": "RouteNotified"}, "step RouteNotified: name is that of a step of the module"),
        ({"name": "NotApproved"}, "step NotApproved: name is that of a step of the module"),
        ({"action": None}, "step Wait: action must begin with aws:"),
        ({"action": "sleep"}, "step Wait: action must begin with aws:"),
        ({"action": "aws:branch"}, "step Wait: action aws:branch is not allowed"),
        ({"action": "aws:loop"}, "step Wait: action aws:loop is not allowed"),
        ({"action": "aws:pause"}, "step Wait: action aws:pause is not allowed"),
        ({"action": "aws:executeAwsApi", "inputs": None}, "step Wait: inputs must be a mapping"),
        ({"action": "aws:executeAwsApi", "inputs": []}, "step Wait: inputs must be a mapping"),
        ({"nextStep": "Publish"}, "step Wait: nextStep is not allowed"),
        ({"onCancel": "step:Publish"}, "step Wait: onCancel is not allowed"),
        ({"action": "aws:approve"}, "step Wait: timeoutSeconds is missing"),
        ({"timeoutSeconds": "{{ Seconds }}"}, "step Wait: timeoutSeconds must be a whole number of at least"),
        ({"maxAttempts": 0}, "step Wait: maxAttempts must be a whole number of at least 1, not 0"),
        ({"inputs": {"Timestamp": "2030-01-01T00:00:00Z"}}, "step Wait: Duration must be in hours, minutes"),
        ({"inputs": {"Duration": "P1D"}}, "step Wait: Duration must be in hours, minutes"),
    ],
)
def test_a_problem_names_the_step_and_the_key(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    [problem] = problems(tmp_path, [SLEEP | change])
    assert problem.startswith(f"runbook.steps: {expected}")


@pytest.mark.parametrize("name", ["Diagnose", "Compose", "Publish", "Conclude", "RouteRepair"])
def test_names_that_the_module_had_are_free(tmp_path: Path, name: str) -> None:
    assert problems(tmp_path, [SLEEP | {"name": name}]) == []


def test_two_steps_of_one_name_are_refused(tmp_path: Path) -> None:
    assert set(problems(tmp_path, [SLEEP, SLEEP])) == {
        "runbook.steps: step Wait: name is used by more than one step."
    }


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    named = problems(tmp_path, [SLEEP | {"nextStep": "Tag"}, CALL | {"maxAttempts": 1.5}])
    assert [problem.split(": ")[1] for problem in named] == ["step Wait", "step Tag"]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([SLEEP | {"inputs": {"Duration": "PT30M1S"}}], "may take 1801 (Wait 1801)"),
        ([CALL | {"timeoutSeconds": 601, "maxAttempts": 3}], "may take 1803 (Tag 1803)"),
        ([CALL | {"maxAttempts": 7}, SLEEP], "may take 2160 (Tag 2100, Wait 60)"),
    ],
)
def test_a_sum_that_is_too_long_is_told(tmp_path: Path, steps: list[dict[str, Any]], expected: str) -> None:
    [problem] = problems(tmp_path, steps)
    assert f"at most 1800 seconds in total, and these {expected}" in problem


def test_what_the_module_replaces_is_no_problem(tmp_path: Path) -> None:
    pasted = {"onFailure": "Abort", "isEnd": True, "isCritical": True}
    assert problems(tmp_path, [SLEEP | pasted, CALL | {"timeoutSeconds": 1740}]) == []


@pytest.mark.parametrize(
    "reference",
    [
        "{{ InstanceId }}",
        "{{InstanceId}}",
        "{{\tInstanceId  }}",
        "{{ LookUp.PingStatus }}",
        "{{LookUp.InstanceName}}",
        "{{ LookUp.Cause }}",
    ],
)
def test_what_only_a_single_machine_has_is_refused_in_a_digest(tmp_path: Path, reference: str) -> None:
    step = CALL | {"inputs": {"Tags": [{"Value": f"id={reference}"}]}}
    assert problems(tmp_path, [step]) == []
    [problem] = problems(tmp_path, [step], "digest")
    name = reference.strip("{} \t")
    assert problem == (
        'runbook.steps: step Tag: with notification.mode = "digest" there is no '
        f"{{{{ {name} }}}}: the steps run once "
        "for up to 50 machines: use the lists {{ InstanceIds }} or {{ LookUp.StillLost }}, or set "
        'notification.mode = "instance".'
    )


@pytest.mark.parametrize("name", ["LookUp.StillLost", "LookUp.StillLostCount", "LookUp.Causes"])
def test_what_only_a_digest_has_is_refused_for_single_machines(tmp_path: Path, name: str) -> None:
    step = CALL | {"inputs": {"Resources": f"{{{{ {name} }}}}"}}
    assert problems(tmp_path, [step], "digest") == []
    [problem] = problems(tmp_path, [step])
    assert f"there is no {{{{ {name} }}}}: use {{{{ InstanceId }}}}" in problem


@pytest.mark.parametrize("mode", ["digest", "instance"])
def test_what_both_modes_have_may_be_referred_to(tmp_path: Path, mode: str) -> None:
    names = ["InstanceIds", "Machines", "LookUp.Problem", "InstanceIdentity", "Other.InstanceId"]
    assert (
        problems(tmp_path, [CALL | {"inputs": {"Ids": [f"{{{{ {name} }}}}" for name in names]}}], mode) == []
    )
