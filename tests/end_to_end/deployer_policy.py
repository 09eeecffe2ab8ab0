"""Derives from recorded calls the policy with which a block can be applied, changed and destroyed.

`python -m tests.end_to_end.deployer_policy` does that in a sandbox, in each partition of AWS, with a role
that may do everything, and writes docs/deployer-policy.json; a test does it again with that policy alone.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from sandbox.account import Sandbox
from sandbox.calls import RecordedCall
from tools.terraform import Workspace
from tools.terraform_setup import BUILD, ROOT

ACCOUNT = "123456789012"
REGIONS = {"aws": "eu-central-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
FILE = ROOT / "docs" / "deployer-policy.json"
BLOCK = "tests/end_to_end/block"
EVERYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'

# Ids that AWS makes up, and what differs from account to account.
GENERAL = [
    (re.compile(r"config-rule/config-rule-\w+"), "config-rule/*"),
    (re.compile(r"(?<=[:/])[0-9a-f]{8}-[0-9a-f-]{27}$"), "*"),
    (re.compile("|".join(REGIONS.values())), "*"),
    (re.compile(r"^arn:aws[a-z-]*:"), "arn:*:"),
    (re.compile(r":\d{12}:"), ":*:"),
    (re.compile(r"-\d{12}(?=-|$)"), "-*"),
    (re.compile(":role/(monitoring/)?"), ":role/*"),
]
LEAST = {"notification": {"emails": ["on-call@example.com"]}, "recorder": {"force_destroy": True}}
STEPS = "- {name: WaitABit, action: 'aws:sleep', inputs: {Duration: PT1S}}"
MORE_STEPS = STEPS.replace("WaitABit", "WaitMore")


def inputs(partition: str) -> dict[str, Any]:
    """Every input of the module but its name, other than by default."""
    region, iam = REGIONS[partition], f"arn:{partition}:iam::{ACCOUNT}"
    return {
        "evaluation": {"frequency": "Three_Hours", "interval_minutes": 20, "report": "all"},
        "function": {
            "architecture": "x86_64",
            "concurrent_calls": 5,
            "log_level": "DEBUG",
            "log_retention_days": 90,
            "memory_mb": 1024,
            "runtime": "python3.12",
            "timeout_seconds": 120,
        },
        "iam_path": "/monitoring/",
        "location": {"account_id": ACCOUNT, "partition": partition, "region": region},
        "notification": {
            "emails": ["b@example.com", "d@example.com"],
            "named_emails": {"c": "e@example.com"},
            "mode": "instance",
            "chat": {} if partition == "aws" else None,
            "tag_keys": ["Owner", "Group"],
            "guide_url": "https://wiki.example.com/ssm-agent?page=1#first",
            "reminder_schedule": "cron(30 7 ? * MON-FRI *)",
            "reminder_timezone": "Europe/Berlin",
        },
        "permissions_boundary_arn": f"{iam}:policy/boundary",
        "recorder": {
            "force_destroy": True,
            "retention_days": 30,
            "resource_types": ["AWS::EC2::Instance", "AWS::SSM::ManagedInstanceInventory"],
        },
        "repair": {
            "mode": "act",
            "tag": {"key": "Repair", "value": "yes"},
            "instance_profile": {"name": "agents", "role_arn": f"{iam}:role/agents"},
            "reboot": True,
            "approver_arns": ["on-call"],
        },
        "runbook": {"steps": f"{STEPS}\n{MORE_STEPS}", "policy_documents": [EVERYTHING] * 2},
        "scope": {
            "include_tags": {"Stage": []},
            "exclude_tags": {},
            "grace_minutes": 0,
            "hybrid_nodes": True,
            "platforms": ["linux"],
            "silence_tag": "muted-until",
        },
        "tags": {"Team": "other", "Größe": "L"},
    }


def deploy_everywhere(sandbox: Sandbox, policy: str) -> dict[str, str]:
    """Deploy in all partitions at the same time with a policy alone; by partition, the state in between."""
    with ThreadPoolExecutor() as pool:
        states = pool.map(partial(_deploy, sandbox, policy), REGIONS)
        return dict(zip(REGIONS, states, strict=True))


def _deploy(sandbox: Sandbox, policy: str, partition: str) -> str:
    """Apply the block with every input, and destroy it; return its state, as text.

    In the commercial partition every input changes in place before that, and changes back after that.
    """
    region = REGIONS[partition]
    sandbox.client("iam", region).create_policy(PolicyName="boundary", PolicyDocument=EVERYTHING)
    environment = sandbox.environment(region) | _credentials(sandbox, region, policy)
    workspace = Workspace.copy_of(BLOCK, BUILD / "deployer" / partition, environment)
    workspace.init()
    everything = inputs(partition)
    states = [everything]
    if partition == "aws":
        in_place = everything | {"iam_path": None}  # another path replaces the roles
        back = {name: everything[name] for name in ("notification", "recorder")}
        states = [LEAST, in_place, back | {"evaluation": {"interval_minutes": 30}}]
    for values in states:
        workspace.set_variables({"inputs": values})
        workspace.apply()
        sandbox.settle()
    state = workspace.state_file.read_text()
    workspace.destroy()
    return state


def _credentials(sandbox: Sandbox, region: str, policy: str) -> dict[str, str]:
    """The environment of somebody who may do what the policy says, and nothing else."""
    iam = sandbox.client("iam", region)
    trusted = {"Effect": "Allow", "Principal": {"AWS": sandbox.account}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    role = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust)["Role"]
    iam.put_role_policy(RoleName="deployer", PolicyName="deploy", PolicyDocument=policy)
    answer = sandbox.client("sts", region).assume_role(RoleArn=role["Arn"], RoleSessionName="test")
    credentials = answer["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


def policy_of(calls: Iterable[RecordedCall]) -> dict[str, Any]:
    """The least policy for the deployer's calls; actions that need the same resources share a statement."""
    resources: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in calls:
        if ":assumed-role/deployer/" in call.principal:
            for each in call.actions:
                condition = json.dumps(_condition(each.context), sort_keys=True)
                names = {_general(resource) for resource in each.resources}
                if each.action != "iam:PassRole":  # what one role needs today, another may need tomorrow
                    kinds = r"(:role/\*ssm-agent-monitor-|:document/ssm-agent-monitor).*"
                    names = {re.sub(kinds, r"\1*", name) for name in names}
                resources[each.action, condition] |= names
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
        deploy_everywhere(sandbox, EVERYTHING)
        policy = policy_of(sandbox.calls.all())
    FILE.write_text(text_of(policy), encoding="utf-8")


def text_of(policy: dict[str, Any]) -> str:
    """The policy as it stands in the file."""
    return json.dumps(policy, indent=2) + "\n"


if __name__ == "__main__":
    main()
