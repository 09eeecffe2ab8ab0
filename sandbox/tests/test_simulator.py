from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import ACCOUNT, REGION, allow, make_role

INSTANCE = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-0123456789abcdef0"
UPDATE = "ssm:UpdateInstanceInformation"
IN_REGION = {"Condition": {"StringEquals": {"aws:RequestedRegion": REGION}}}


def simulate(sandbox: Sandbox, role: str, action: str = UPDATE, resource: str = INSTANCE) -> dict[str, Any]:
    answer = sandbox.client("iam", REGION).simulate_principal_policy(
        PolicySourceArn=role, ActionNames=[action], ResourceArns=[resource]
    )
    [result] = answer["EvaluationResults"]
    found: dict[str, Any] = result
    return found


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([allow(UPDATE)], "allowed"),
        ([allow("ec2:*")], "implicitDeny"),
        ([allow("*"), allow(UPDATE) | {"Effect": "Deny"}], "explicitDeny"),
        ([allow(UPDATE) | {"Resource": INSTANCE}], "allowed"),
        ([allow(UPDATE) | {"Resource": f"{INSTANCE}1"}], "implicitDeny"),
    ],
)
def test_the_decision_is_that_of_the_role_s_policies(
    sandbox: Sandbox, statements: list[Any], decision: str
) -> None:
    assert simulate(sandbox, make_role(sandbox, "ec2", statements))["EvalDecision"] == decision


def test_managed_policies_count(sandbox: Sandbox) -> None:
    role = make_role(sandbox, "ec2", [])
    sandbox.client("iam", REGION).attach_role_policy(
        RoleName=role.rpartition("/")[2], PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    )
    assert simulate(sandbox, role)["EvalDecision"] == "allowed"


@pytest.mark.parametrize(
    ("boundary", "decision", "is_allowed", "missing"),
    [
        ([allow(UPDATE)], "allowed", True, []),
        ([allow("ec2:*")], "implicitDeny", False, []),
        ([allow("*"), allow(UPDATE) | {"Effect": "Deny"}], "explicitDeny", False, []),
        ([allow(UPDATE) | IN_REGION], "implicitDeny", False, ["aws:RequestedRegion"]),
    ],
)
def test_a_permissions_boundary_is_told_apart(
    sandbox: Sandbox, boundary: list[Any], decision: str, is_allowed: bool, missing: list[str]
) -> None:
    role = {"statements": [allow(UPDATE)], "boundary": boundary}
    sandbox.fleet.load({"roles": {"bounded": role}}, ACCOUNT, REGION)
    result = simulate(sandbox, f"arn:aws:iam::{ACCOUNT}:role/bounded")
    sandbox.fleet.clear()
    assert result["EvalDecision"] == decision
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": is_allowed}
    assert result["MissingContextValues"] == missing


def test_a_condition_on_what_it_was_not_told_is_named(sandbox: Sandbox) -> None:
    role = make_role(sandbox, "ec2", [allow(UPDATE) | IN_REGION])
    result = simulate(sandbox, role)
    assert result["MissingContextValues"] == ["aws:RequestedRegion"]
    assert result["EvalDecision"] == "implicitDeny"


def test_a_role_that_is_not_there_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="NoSuchEntity"):
        simulate(sandbox, f"arn:aws:iam::{ACCOUNT}:role/gone")
