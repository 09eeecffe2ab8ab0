from __future__ import annotations

from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.automation import unconfirmed
from sandbox.tests.test_automation import REGION, output, passing, run, script, statuses, step


def compares(operation: str, given: Any, variable: Any = "{{ global:REGION }}") -> dict[str, Any]:
    return {"Variable": variable, operation: given}


HERE, ELSEWHERE = compares("StringEquals", REGION), compares("StringEquals", "us-east-1")


def goes(sandbox: Sandbox, *choices: dict[str, Any], **properties: Any) -> list[str]:
    """The steps that follow a branch with the choices, which lead to the last step."""
    inputs: dict[str, Any] = {"Choices": [{**choice, "NextStep": "third"} for choice in choices]}
    inputs |= {"Default": properties.pop("default")} if "default" in properties else {}
    branch = step("branch", "branch", inputs, **properties)
    found = run(sandbox, branch, passing("second", isEnd=True), passing("third"))
    assert found["AutomationExecutionStatus"] == "Success"
    return [name for name, status in statuses(found).items() if status == "Success"][1:]


@pytest.mark.parametrize(
    ("choice", "holds"),
    [
        (HERE, True),
        (ELSEWHERE, False),
        (compares("StringEquals", REGION.upper()), False),
        (compares("EqualsIgnoreCase", REGION.upper()), True),
        (compares("StartsWith", "eu-"), True),
        (compares("StartsWith", "us-"), False),
        (compares("EndsWith", "-1"), True),
        (compares("EndsWith", "-2"), False),
        (compares("Contains", "west"), True),
        (compares("Contains", "east"), False),
        (compares("BooleanEquals", True, variable=True), True),
        (compares("BooleanEquals", False, variable="true"), False),
        ({"Not": ELSEWHERE}, True),
        ({"Not": HERE}, False),
        ({"And": [HERE, {"Not": ELSEWHERE}]}, True),
        ({"And": [HERE, ELSEWHERE]}, False),
        ({"Or": [ELSEWHERE, HERE]}, True),
        ({"Or": [ELSEWHERE, {"And": [HERE, ELSEWHERE]}]}, False),
        ({"Not": {"Or": [ELSEWHERE, {"Not": HERE}]}}, True),
    ],
)
def test_a_branch_goes_where_its_variable_says(sandbox: Sandbox, choice: dict[str, Any], holds: bool) -> None:
    assert goes(sandbox, choice, default="second") == (["third"] if holds else ["second"])


@pytest.mark.parametrize(
    ("choices", "properties", "followed"),
    [
        ([ELSEWHERE, HERE], {"default": "second"}, ["third"]),
        ([ELSEWHERE], {}, ["second"]),
        ([ELSEWHERE], {"nextStep": "third"}, ["third"]),
        ([ELSEWHERE], {"isEnd": True}, []),
        ([HERE], {"isEnd": True}, ["third"]),
        ([ELSEWHERE], {"isEnd": True, "default": "second"}, ["second"]),
    ],
)
def test_what_follows_a_branch(
    sandbox: Sandbox, choices: list[dict[str, Any]], properties: dict[str, Any], followed: list[str]
) -> None:
    assert goes(sandbox, *choices, **properties) == followed


def test_a_comparison_that_is_not_modelled_is_an_error_that_names_it(sandbox: Sandbox) -> None:
    choice = {"NextStep": "second", **compares("NumericEquals", 1, variable=1)}
    found = run(sandbox, step("branch", "branch", {"Choices": [choice]}), passing("second"))
    assert "does not model NumericEquals of aws:branch" in found["FailureMessage"]


@pytest.mark.parametrize(
    ("fails", "expected"),
    [
        (True, {"branch": "Failed", "fixed": "Pending", "tell": "Success"}),
        (False, {"branch": "Success", "fixed": "Pending", "tell": "Success"}),
    ],
)
def test_a_reference_without_a_value_fails_a_branch_or_is_literal_text(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, fails: bool, expected: dict[str, str]
) -> None:
    monkeypatch.setattr(unconfirmed, "NO_VALUE_FAILS_A_BRANCH", fails)
    none = script("return {}", "look", outputs=[output("Text", "$.Payload.text")])
    choices = [
        {**compares("StringEquals", "fixed", variable="{{ look.Text }}"), "NextStep": "fixed"},
        {**compares("StringEquals", "{{ look.Text }}", variable="{{look.Text}}"), "NextStep": "fixed"},
        {**compares("Contains", "look.Text", variable="a {{ look.Text }}"), "NextStep": "tell"},
    ]
    branch = step("branch", "branch", {"Choices": choices}, onFailure="step:tell")
    found = run(sandbox, none, branch, passing("fixed"), passing("tell"))
    assert statuses(found) == {"look": "Success", **expected}
