"""A role's inline policies, and what happens while one of its actions is taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.account import Sandbox
from tests.end_to_end.conftest import REGION


def role_policies(sandbox: Sandbox, role: str) -> dict[str, dict[str, Any]]:
    """A role's inline policies, by name."""
    iam = sandbox.client("iam", REGION)
    return {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }


@contextmanager
def without(sandbox: Sandbox, role: str, action: str, policy: str | None = None) -> Iterator[None]:
    """The role's policies, or only one of them, without one action, for a while."""
    iam = sandbox.client("iam", REGION)
    policies = {
        name: content for name, content in role_policies(sandbox, role).items() if policy in (None, name)
    }
    try:
        for name, document in policies.items():
            kept = [_less(statement, action) for statement in document["Statement"]]
            statements = [statement for statement in kept if statement["Action"]]
            if statements:
                less = json.dumps(document | {"Statement": statements})
                iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=less)
            else:
                iam.delete_role_policy(RoleName=role, PolicyName=name)
        yield
    finally:
        for name, document in policies.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def _less(statement: dict[str, Any], action: str) -> dict[str, Any]:
    return statement | {"Action": [each for each in actions_of(statement) if each != action]}


def actions_of(statement: dict[str, Any]) -> list[str]:
    """The actions of a statement, of which there may be one."""
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
