"""Writes the table in docs/permissions.md: `python -m tools.permissions`.

It has every permission of every role, as the roles have them once the module is applied in the sandbox with
everything on; why each is there, and the test that fails without it, stand in tools/permission_reasons.py.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.document import replace_section
from sandbox.account import Sandbox
from tools.permission_reasons import REASONS
from tools.terraform import Workspace
from tools.terraform_setup import BUILD, ROOT

DOCUMENT = ROOT / "docs" / "permissions.md"
CONFIGURATION = "tests/end_to_end/block"
PREFIX = "ssm-agent-monitor-"
REGION = "eu-central-1"


@dataclass(frozen=True, order=True)
class Permission:
    """What a role may do: one action of one statement.

    `role` and `policy` are the ends of their names, `condition` is empty if there is none. An attached policy
    is an action of the policy `attached`.
    """

    role: str
    policy: str
    action: str
    resources: tuple[str, ...]
    condition: str = ""


def main() -> None:
    """Write the table."""
    replace_section("permissions", table(applied()), DOCUMENT)


def applied() -> list[Permission]:
    """The permissions of all roles, after an apply in an account of its own, in each mode."""
    found: set[Permission] = set()
    with tempfile.TemporaryDirectory() as directory, Sandbox(Path(directory)) as sandbox:
        workspace = Workspace.copy_of(CONFIGURATION, BUILD / "permissions", sandbox.environment(REGION))
        workspace.init()
        for mode in ("instance", "digest"):
            workspace.set_variables({"inputs": everything(mode, sandbox.account)})
            workspace.apply("-refresh=false")
            found |= set(_permissions(sandbox))
    return sorted(found)


def everything(mode: str, account: str) -> dict[str, Any]:
    """The inputs of a block with everything on that gives a role a permission; only one mode has repairs."""
    repair = {
        "mode": "act",
        "tag": {"key": "TAG", "value": "VALUE"},
        "reboot": True,
        "instance_profile": {"name": "PROFILE", "role_arn": f"arn:aws:iam::{account}:role/PROFILE-ROLE"},
    }
    return {
        "evaluation": {"interval_minutes": 15},
        "notification": {"emails": ["on-call@example.com"], "mode": mode, "chat": {}},
        "recorder": {},
        "repair": repair if mode == "instance" else None,
        "scope": {"include_tags": {"Stage": ["prod"]}},
    }


def _permissions(sandbox: Sandbox) -> Iterator[Permission]:
    iam = sandbox.client("iam", REGION)
    for role in (each["RoleName"] for each in iam.list_roles()["Roles"]):
        name = role.removeprefix(f"{PREFIX}{REGION}-")
        for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
            arn = (_general(attached["PolicyArn"], sandbox.account),)
            yield Permission(name, "attached", attached["PolicyName"], arn)
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                resources = tuple(_general(each, sandbox.account) for each in _list(statement["Resource"]))
                condition = _condition(statement.get("Condition", {}))
                for action in _list(statement["Action"]):
                    yield Permission(name, policy, action, _of_service(action, resources), condition)


def _of_service(action: str, resources: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a statement's resources that the action can have: all are of its service."""
    service = action.partition(":")[0]
    own = tuple(each for each in resources if each.split(":")[2:3] == [service])
    return own or resources


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _general(resource: str, account: str) -> str:
    """The resource without what differs from account to account, and from apply to apply."""
    resource = resource.replace(account, "ACCOUNT").replace(REGION, "REGION")
    return re.sub(r"config-rule-\w+", "ID", resource)


def _condition(condition: dict[str, Any]) -> str:
    return ", ".join(
        f"{operator}: {key} = {' or '.join(_list(value))}"
        for operator, keys in sorted(condition.items())
        for key, value in sorted(keys.items())
    )


def table(permissions: Iterable[Permission]) -> str:
    """The table as Markdown.

    Raises:
        KeyError: there is no reason for a permission.
    """
    rows = ["| role | action | resource | condition | why | test |", "| --- | --- | --- | --- | --- | --- |"]
    for each in permissions:
        reason = REASONS[each.role, each.policy, each.action]
        path, _, name = reason.test.partition("::")
        resources = "<br>".join(f"`{resource}`" for resource in each.resources)
        condition = f"`{each.condition}`" if each.condition else ""
        test = f"[{name}](../{path})"
        rows.append(f"| {each.role} | `{each.action}` | {resources} | {condition} | {reason.why} | {test} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
