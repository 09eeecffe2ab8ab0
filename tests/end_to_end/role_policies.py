"""A role's inline policies, and what happens while one of its actions is taken away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.account import Sandbox
from tests.end_to_end.blocks import REGION
from tools.permission_reasons import REASONS


def denied_one_by_one(test: Callable[..., None]) -> Any:
    """Run a test with each action that it is the test of in docs/permissions.md.

    Another test compares that table with all that the roles may do, once the module is applied.
    """
    actions = {
        action for (_, _, action), reason in REASONS.items() if reason.test.endswith(f"::{test.__name__}")
    }
    assert actions, f"{test.__name__} stands nowhere in tools/permission_reasons.py"
    return pytest.mark.parametrize("action", sorted(actions))(test)


def role_policies(sandbox: Sandbox, role: str) -> dict[str, dict[str, Any]]:
    """A role's inline policies, by name."""
    iam = sandbox.client("iam", REGION)
    return {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }


@contextmanager
def without(sandbox: Sandbox, role: str, action: str) -> Iterator[None]:
    """The role's policies without one action, for a while."""
    iam = sandbox.client("iam", REGION)
    policies = role_policies(sandbox, role)
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
    """The statement without an action; there may be one alone."""
    actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    return statement | {"Action": [each for each in actions if each != action]}
