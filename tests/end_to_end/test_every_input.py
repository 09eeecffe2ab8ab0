"""Every input of an applied block changes, and changes back: one apply each, then nothing is left to do.

Inputs of different resources change together: an apply and a plan for each alone take a quarter of an hour.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.account import Sandbox
from tests.end_to_end.conftest import REGION
from tests.end_to_end.deployer_policy import EVERYTHING, OTHER_FUNCTION, STEPS
from tools.terraform import Workspace
from tools.terraform_setup import BUILD

pytestmark = pytest.mark.terraform

FIXTURE = "tests/end_to_end/every_input"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:existing"
BOUNDARY = "arn:aws:iam::123456789012:policy/"
MORE_STEPS = "\n".join([STEPS, STEPS.replace("WaitABit", "WaitMore")])
INSTANCE, NODE = "AWS::EC2::Instance", "AWS::SSM::ManagedInstanceInventory"

# The block at first, with everything on. What is not named has its default.
AT_FIRST: dict[str, Any] = {
    "evaluation": {"interval_minutes": 10},
    "function": {},
    "iam_path": "/monitoring/",
    "location": None,
    "name": "everything",
    "notification": {"emails": ["a@example.com", "b@example.com"], "named_emails": {"c": "c@example.com"}},
    "permissions_boundary_arn": f"{BOUNDARY}first",
    "recorder": {"bucket": {"name": "existing"}},
    "repair": None,
    "runbook": {"steps": STEPS, "policy_documents": [EVERYTHING]},
    "scope": {"include_tags": {"Stage": ["prod", "test-*"]}, "exclude_tags": {"Team": ["none"]}},
    "tags": {"Team": "platform", "Stage": "test"},
}

# What the block becomes, one after another: what differs from how it was at first.
STATES: dict[str, dict[str, Any]] = {
    "other values": {
        "evaluation": {"frequency": "Three_Hours", "interval_minutes": 20, "report": "all"},
        "function": OTHER_FUNCTION,
        "location": {"account_id": "123456789012", "region": REGION},
        "notification": {
            "emails": ["b@example.com", "d@example.com"],
            "named_emails": {"c": "e@example.com"},
            "mode": "instance",
            "tag_keys": ["Owner", "Group"],
            "guide_url": "https://wiki.example.com/ssm-agent?page=1#first",
            "reminder_schedule": "cron(30 7 ? * MON-FRI *)",
            "reminder_timezone": "Europe/Berlin",
        },
        "permissions_boundary_arn": f"{BOUNDARY}second",
        "recorder": {"force_destroy": True, "retention_days": 30, "resource_types": [INSTANCE, NODE]},
        "repair": {
            "mode": "act",
            "tag": {"key": "Repair", "value": "yes"},
            "instance_profile": {"name": "agents", "role_arn": "arn:aws:iam::123456789012:role/agents"},
            "reboot": True,
            "approver_arns": ["on-call"],
        },
        "runbook": {"steps": MORE_STEPS, "policy_documents": [EVERYTHING] * 2},
        "scope": {
            "include_tags": {"Stage": []},
            "exclude_tags": {},
            "grace_minutes": 0,
            "hybrid_nodes": True,
            "platforms": ["linux"],
            "silence_tag": "muted-until",
        },
        "tags": {"Team": "other", "Größe": "L"},
    },
    "parts off, things of others, another path": {
        "evaluation": {},
        "iam_path": "/",
        "notification": {
            "topic": {"arn": TOPIC},
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
    "no notification, another name": {"notification": None, "name": "renamed"},
    "as it was at first": {},
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    directory: Path = tmp_path_factory.mktemp("sandbox")
    with Sandbox(directory) as sandbox:
        for name in ("first", "second"):
            sandbox.client("iam", REGION).create_policy(PolicyName=name, PolicyDocument=EVERYTHING)
        sandbox.client("sns", REGION).create_topic(Name="existing")
        sandbox.client("s3", "us-east-1").create_bucket(Bucket="existing")
        workspace = Workspace.copy_of(FIXTURE, BUILD / "every-input", sandbox.environment(REGION))
        workspace.init()
        change(workspace, AT_FIRST)
        yield workspace


def change(workspace: Workspace, inputs: dict[str, Any]) -> None:
    """Apply once; then a plan must be empty, which has refreshed all for the next apply."""
    workspace.set_variables({"inputs": inputs})
    workspace.apply("-refresh=false")
    plan = workspace.plan()
    assert not plan.has_changes, plan.text


@pytest.mark.parametrize("state", STATES)
def test_a_change_takes_one_apply(workspace: Workspace, state: str) -> None:
    change(workspace, AT_FIRST | STATES[state])


def test_no_input_is_left_out(workspace: Workspace) -> None:
    settings = workspace.outputs()["settings"]
    del settings["region"]  # no input: the provider's
    left_out = []
    for name, shown in settings.items():
        values = [AT_FIRST[name], *(state[name] for state in STATES.values() if name in state)]
        attributes = shown if isinstance(shown, dict) and name != "tags" else [None]
        for attribute in attributes:
            seen = {json.dumps((value or {}).get(attribute) if attribute else value) for value in values}
            left_out += [f"{name}.{attribute}"] * (len(seen) == 1)
    assert left_out == []
