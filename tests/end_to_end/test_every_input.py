"""Every input of an applied block changes, and changes back: one apply each, then nothing is left to do.

Inputs of different resources change together: an apply and a plan for each alone take a quarter of an hour.
Before that a second block of the same name is refused, and the first one gets another name.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.account import Sandbox
from tests.end_to_end.blocks import REGION, Block, assert_nothing_to_do
from tests.end_to_end.deployer_policy import ACCOUNT, EVERYTHING, STEPS, inputs
from tools.terraform import TerraformError

pytestmark = pytest.mark.terraform

# The block at first, with everything on. What is not named has its default.
AT_FIRST: dict[str, Any] = {
    "evaluation": {"interval_minutes": 10},
    "function": {},
    "iam_path": "/monitoring/",
    "location": None,
    "name": "first",
    "notification": {"emails": ["a@example.com", "b@example.com"], "named_emails": {"c": "c@example.com"}},
    "permissions_boundary_arn": f"arn:aws:iam::{ACCOUNT}:policy/first",
    "recorder": {},
    "repair": None,
    "runbook": {"steps": STEPS, "policy_documents": [EVERYTHING]},
    "scope": {"include_tags": {"Stage": ["prod", "test-*"]}, "exclude_tags": {"Team": ["none"]}},
    "tags": {"Team": "platform", "Stage": "test"},
}
OTHER_NAME = {"name": "other"}

# What the block becomes, one after another: what differs from how it was at first.
STATES: dict[str, dict[str, Any]] = {
    "another name": OTHER_NAME,
    "other values": OTHER_NAME | inputs("aws"),
    "parts off, things of others, another path": OTHER_NAME
    | {
        "evaluation": {},
        "iam_path": "/",
        "notification": {
            "topic": {"arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:existing"},
            "recovery": False,
            "mode": "digest",
            "chat": {},
            "reminder_schedule": "",
        },
        "permissions_boundary_arn": None,
        "recorder": {"bucket": {"name": "existing", "key_prefix": "config"}},
        "runbook": {"diagnosis": False},
        "scope": {},
        "tags": {},
    },
    "no notification, the name as it was": {"notification": None},
    "as it was at first": {},
}


@pytest.fixture(scope="module")
def block(account: Sandbox) -> Block:
    for name in ("first", "boundary"):
        account.client("iam", REGION).create_policy(PolicyName=name, PolicyDocument=EVERYTHING)
    account.client("sns", REGION).create_topic(Name="existing")
    account.client("s3", "us-east-1").create_bucket(Bucket="existing")
    block = Block(account, "every-input")
    block.apply(**AT_FIRST)
    return block


def test_a_second_block_of_the_same_name_touches_nothing_of_the_first(block: Block) -> None:
    second = Block(block.sandbox, "second-block")
    with pytest.raises(TerraformError, match="EntityAlreadyExists"):
        second.apply(
            name=AT_FIRST["name"], iam_path="/monitoring/", notification={"emails": ["other@example.com"]}
        )
    made = [each for each in second.workspace.run("state", "list").output.split() if ".data." not in each]
    assert made == []
    assert_nothing_to_do(block.workspace)


@pytest.mark.parametrize("state", STATES)
def test_a_change_takes_one_apply(block: Block, state: str) -> None:
    changed = block.apply(**AT_FIRST | STATES[state])
    if state == "other values":  # among them another mode
        rule = "module.ssm_agent_monitor.module.event_rule[0].aws_cloudwatch_event_rule.this"
        assert changed[f'{rule}["lost"]'] == "updated in-place"
        assert changed[f'{rule}["recovered"]'] == "created"
    assert_nothing_to_do(block.workspace)


def test_no_input_is_left_out(block: Block) -> None:
    settings = block.workspace.outputs()["block"]["settings"]
    del settings["region"]  # no input: the provider's
    left_out = []
    for name, shown in settings.items():
        values = [state[name] for state in (AT_FIRST | each for each in STATES.values())]
        attributes = shown if isinstance(shown, dict) and name != "tags" else [None]
        for attribute in attributes:
            seen = {json.dumps((value or {}).get(attribute) if attribute else value) for value in values}
            left_out += [f"{name}.{attribute}"] * (len(seen) == 1)
    assert left_out == []
