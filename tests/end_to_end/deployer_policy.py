"""Derives from recorded calls the policy with which an example can be applied and destroyed.

`python -m tests.end_to_end.deployer_policy` applies examples/minimal in a sandbox as its administrator and
writes docs/deployer-policy.json; a test applies it again with that policy alone.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sandbox.account import Sandbox
from sandbox.calls import RecordedCall
from tools.terraform import Workspace
from tools.terraform_setup import BUILD, ROOT

EXAMPLE = "examples/minimal"
REGION = "eu-central-1"
FILE = ROOT / "docs" / "deployer-policy.json"

# Ids that AWS makes up, and what differs from account to account.
GENERAL = [
    (re.compile(r"config-rule/config-rule-\w+"), "config-rule/*"),
    (re.compile(r"(?<=[:/])[0-9a-f]{8}-[0-9a-f-]{27}$"), "*"),
    (re.compile(REGION), "*"),
    (re.compile(r":\d{12}:"), ":*:"),
    (re.compile(r":\d{12}-"), ":*-"),
]


def apply_and_destroy(sandbox: Sandbox, environment: dict[str, str]) -> list[RecordedCall]:
    """Apply the example in an account that records, destroy it, and return the calls that this took."""
    make_recorder(sandbox)
    workspace = Workspace.copy_of(EXAMPLE, BUILD / "deployer", sandbox.environment(REGION) | environment)
    workspace.init()
    sandbox.calls.clear()
    workspace.apply()
    sandbox.settle()
    workspace.destroy()
    return list(sandbox.calls.all())


def make_recorder(sandbox: Sandbox) -> None:
    """Give the account the recorder that it must have."""
    config = sandbox.client("config", REGION)
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": f"arn:aws:iam::{sandbox.account}:role/recorder",
            "recordingGroup": {"resourceTypes": ["AWS::EC2::Instance"]},
        }
    )


def policy_of(calls: Iterable[RecordedCall], principal: str) -> dict[str, Any]:
    """The least policy for one principal's calls; actions that need the same resources share a statement."""
    resources: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in calls:
        if call.principal == principal:
            for each in call.actions:
                condition = json.dumps(_condition(each.context), sort_keys=True)
                resources[each.action, condition] |= {_general(resource) for resource in each.resources}
    statements: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for (action, condition), names in sorted(resources.items()):
        if action != "sts:GetCallerIdentity":  # needs no permission
            statements[action.split(":")[0], json.dumps(sorted(names)), condition].append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": actions,
                "Resource": json.loads(names),
                **({"Condition": json.loads(condition)} if condition != "{}" else {}),
            }
            for (_, names, condition), actions in sorted(statements.items())
        ],
    }


def _condition(context: dict[str, str]) -> dict[str, Any]:
    service = context.get("iam:PassedToService")
    return {"StringEquals": {"iam:PassedToService": service}} if service else {}


def _general(resource: str) -> str:
    for pattern, replacement in GENERAL:
        resource = pattern.sub(replacement, resource)
    return resource


def main() -> None:
    """Write the policy."""
    with Sandbox(directory=BUILD / "deployer-sandbox") as sandbox:
        policy = policy_of(apply_and_destroy(sandbox, {}), "administrator")
    FILE.write_text(text_of(policy), encoding="utf-8")


def text_of(policy: dict[str, Any]) -> str:
    """The policy as it stands in the file."""
    return json.dumps(policy, indent=2) + "\n"


if __name__ == "__main__":
    main()
