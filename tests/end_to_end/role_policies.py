"""What happens while one of the actions that a role may do is taken away."""

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


@contextmanager
def without(sandbox: Sandbox, role: str, action: str) -> Iterator[None]:
    """The role may not do one thing, for a while."""
    iam = sandbox.client("iam", REGION)
    denied = {"Effect": "Deny", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    iam.put_role_policy(RoleName=role, PolicyName="denied", PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="denied")
