"""What modules/runbook says of users' steps that it refuses."""

import json
from typing import Any, NamedTuple

import pytest

from tests.unit.terraform_locals import texts_of

pytestmark = pytest.mark.terraform

SLEEP = {"name": "Wait", "action": "aws:sleep", "inputs": {"Duration": "PT1M"}}
CALL = {"name": "Tag", "action": "aws:executeAwsApi", "inputs": {}}


class Case(NamedTuple):
    """Steps, and a part of each sentence with which a plan would end."""

    steps: str | list[dict[str, Any]]
    expected: list[str]
    mode: str = "instance"


def changed(change: dict[str, Any], expected: str) -> Case:
    """One step that is right but for this."""
    return Case([SLEEP | change], [f"runbook.steps: {expected}"])


def too_long(steps: list[dict[str, Any]], seconds: str) -> Case:
    return Case(steps, [f"at most 1800 seconds in total, and these may take {seconds}"])


def referring(references: list[str], expected: list[str], mode: str) -> Case:
    return Case(
        [CALL | {"inputs": {"Tags": [{"Value": f"id={each}"} for each in references]}}], expected, mode
    )


NO_LIST = "runbook.steps must be YAML text that is a list of steps"
TAKEN = "name is that of a step of the module"
OF_ONE = ["InstanceId", "LookUp.PingStatus", "LookUp.InstanceName", "LookUp.Cause"]
OF_MANY = ["LookUp.StillLost", "LookUp.StillLostCount", "LookUp.Causes"]
OF_BOTH = ["InstanceIds", "Machines", "LookUp.Problem", "InstanceIdentity", "Other.InstanceId"]
IN_A_DIGEST = (
    'runbook.steps: step Tag: with notification.mode = "digest" there is no {{{{ {} }}}}: the steps run once '
    "for up to 50 machines: use the lists {{{{ InstanceIds }}}} or {{{{ LookUp.StillLost }}}}, or set "
    'notification.mode = "instance".'
)

CASES = [
    # What is no list is refused in one sentence.
    Case(
        "mainSteps:\n  - name: Wait\n",
        ["runbook.steps is a whole document: paste only the list below its mainSteps."],
    ),
    Case(
        "name: Wait\naction: aws:sleep\n", ["is a single step, not a list: paste it with a dash before its"]
    ),
    *(Case(text, [NO_LIST]) for text in ("{name: Wait}", "[name: {", "")),
    # A problem names the step and the key.
    changed({"name": None}, "step number 1: name must be a text of 3 to 128"),
    changed({"name": "Ab"}, "step Ab: name must be a text of 3 to 128"),
    changed({"name": "Wait here"}, "step Wait here: name must be a text of 3 to 128"),
    changed({"name": False}, "step false: name must be a text of 3 to 128"),
    changed({"name": "Notify"}, f"step Notify: {TAKEN} (LookUp, Route, "),
    changed({"name": "RouteNotified"}, f"step RouteNotified: {TAKEN}"),
    changed({"name": "NotApproved"}, f"step NotApproved: {TAKEN}"),
    changed({"action": None}, "step Wait: action must begin with aws:"),
    changed({"action": "sleep"}, "step Wait: action must begin with aws:"),
    changed({"action": "aws:branch"}, "step Wait: action aws:branch is not allowed"),
    changed({"action": "aws:loop"}, "step Wait: action aws:loop is not allowed"),
    changed({"action": "aws:pause"}, "step Wait: action aws:pause is not allowed"),
    changed({"action": "aws:executeAwsApi", "inputs": None}, "step Wait: inputs must be a mapping"),
    changed({"action": "aws:executeAwsApi", "inputs": []}, "step Wait: inputs must be a mapping"),
    changed({"nextStep": "Publish"}, "step Wait: nextStep is not allowed"),
    changed({"onCancel": "step:Publish"}, "step Wait: onCancel is not allowed"),
    changed({"action": "aws:approve"}, "step Wait: timeoutSeconds is missing"),
    changed(
        {"timeoutSeconds": "{{ Seconds }}"}, "step Wait: timeoutSeconds must be a whole number of at least"
    ),
    changed({"maxAttempts": 0}, "step Wait: maxAttempts must be a whole number of at least 1, not 0"),
    changed(
        {"inputs": {"Timestamp": "2030-01-01T00:00:00Z"}}, "step Wait: Duration must be in hours, minutes"
    ),
    changed({"inputs": {"Duration": "P1D"}}, "step Wait: Duration must be in hours, minutes"),
    Case([SLEEP, SLEEP], ["runbook.steps: step Wait: name is used by more than one step."]),
    # Every problem is named at once.
    Case([SLEEP | {"nextStep": "Tag"}, CALL | {"maxAttempts": 1.5}], ["step Wait: ", "step Tag: "]),
    # Names that the module once had are free, and what the module replaces is no problem.
    *(
        Case([SLEEP | {"name": name}], [])
        for name in ("Diagnose", "Compose", "Publish", "Conclude", "RouteRepair")
    ),
    Case(
        [SLEEP | {"onFailure": "Abort", "isEnd": True, "isCritical": True}, CALL | {"timeoutSeconds": 1740}],
        [],
    ),
    # A sum that is too long is told.
    too_long([SLEEP | {"inputs": {"Duration": "PT30M1S"}}], "1801 (Wait 1801)"),
    too_long([CALL | {"timeoutSeconds": 601, "maxAttempts": 3}], "1803 (Tag 1803)"),
    too_long([CALL | {"maxAttempts": 7}, SLEEP], "2160 (Tag 2100, Wait 60)"),
    # What only one machine has can't be referred to in a digest, and the other way round.
    *(referring([f"{{{{ {name} }}}}"], [IN_A_DIGEST.format(name)], "digest") for name in OF_ONE),
    referring(["{{InstanceId}}"], [IN_A_DIGEST.format("InstanceId")], "digest"),
    referring(["{{\tInstanceId  }}"], [IN_A_DIGEST.format("InstanceId")], "digest"),
    *(
        referring(
            [f"{{{{ {name} }}}}"], [f"there is no {{{{ {name} }}}}: use {{{{ InstanceId }}}}"], "instance"
        )
        for name in OF_MANY
    ),
    referring([f"{{{{ {name} }}}}" for name in OF_ONE + OF_BOTH], [], "instance"),
    referring([f"{{{{ {name} }}}}" for name in OF_MANY + OF_BOTH], [], "digest"),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    texts = [each.steps if isinstance(each.steps, str) else json.dumps(each.steps) for each in CASES]
    cases = [{"mode": case.mode, "steps": text} for case, text in zip(CASES, texts, strict=True)]
    folder = tmp_path_factory.mktemp("plan")
    return texts_of(folder, "modules/runbook/step_checks.tf", "step_problems", cases)


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: str(CASES[number].steps))
def test_what_a_plan_says_of_steps(found: list[list[str]], number: int) -> None:
    problems, expected = sorted(set(found[number])), sorted(CASES[number].expected)
    assert len(problems) == len(expected), problems
    for problem, part in zip(problems, expected, strict=True):
        assert part in problem
