"""What policies say: to a request, and to IAM's simulator."""

from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.gateway import AwsError
from sandbox.policies import AccessRequest, Decision, decide
from sandbox.tests.deployments import ACCOUNT, REGION, allow, make_role, refused

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
ALLOW, DENY, IMPLICIT = Decision.ALLOW, Decision.DENY, Decision.IMPLICIT
CONTEXT = {"aws:SourceAccount": "1", "aws:ResourceTag/repair": "yes", "aws:TagKeys": ["a", "c"]}


def statement(**changes: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "sns:Publish", "Resource": TOPIC, **changes}


def on(operator: str, value: Any, key: str = "AWS:sourcearn") -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def decision(*statements: dict[str, Any], context: Any = (), principals: Any = ()) -> Decision:
    return decide([{"Statement": list(statements)}], AccessRequest("sns:Publish", TOPIC, context, principals))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ALLOW),
        ({"Action": "SNS:publish"}, ALLOW),
        ({"Action": ["sns:Get*", "sns:Pub?ish"]}, ALLOW),
        ({"Action": "sns:Subscribe"}, IMPLICIT),
        ({"Resource": "*"}, ALLOW),
        ({"Resource": f"arn:aws:sns:*:{ACCOUNT}:al*"}, ALLOW),
        ({"Resource": TOPIC.upper()}, IMPLICIT),
        ({"Principal": "*"}, ALLOW),
        ({"Principal": {"AWS": "*"}}, ALLOW),
        ({"Principal": {"Service": ["x.amazonaws.com", "y.amazonaws.com"]}}, ALLOW),
        ({"Principal": {"Service": "x.amazonaws.com"}}, IMPLICIT),
        (on("StringEquals", "1", "aws:SourceAccount"), ALLOW),
        (on("StringEquals", "1", "aws:RequestedRegion"), IMPLICIT),
        (on("Bool", "true", "aws:SecureTransport"), IMPLICIT),
        (on("StringEqualsIfExists", "1", "aws:RequestedRegion"), ALLOW),
        (on("ForAllValues:StringEquals", ["a", "b", "c"], "aws:TagKeys"), ALLOW),
        (on("ForAllValues:StringEquals", ["a", "b"], "aws:TagKeys"), IMPLICIT),
        (on("ForAllValues:StringEquals", ["a"], "aws:RequestedRegion"), ALLOW),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "1", "aws:ResourceTag/repair": "yes"}}}, ALLOW),
        (
            {"Condition": {"StringEquals": {"aws:SourceAccount": "1", "aws:ResourceTag/repair": "no"}}},
            IMPLICIT,
        ),
    ],
)
def test_what_a_statement_says(changes: dict[str, Any], expected: Decision) -> None:
    found = decision(statement(**changes), context=CONTEXT, principals=(("Service", "y.amazonaws.com"),))
    assert found is expected


def test_an_explicit_deny_wins() -> None:
    assert decision(statement(Resource="*"), statement(Effect="Deny"), context={}) is DENY


@pytest.mark.parametrize(
    ("operator", "value", "actual", "holds"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringLike", "a*", "ab", True),
        ("ArnLike", "arn:aws:config:*:1:config-rule/*", "arn:aws:config:eu-west-1:1:config-rule/x", True),
        ("ArnEquals", "arn:aws:*:1:x", "arn:aws:sns:eu-west-1:1:x", False),
        ("Bool", True, "true", True),
        ("Bool", "false", "true", False),
        ("StringEqualsIfExists", "a", "b", False),
    ],
)
def test_condition_operators(operator: str, value: Any, actual: str, holds: bool) -> None:
    found = decision(statement(**on(operator, value)), context={"aws:SourceArn": actual})
    assert (found is ALLOW) is holds


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (on("NumericEquals", "1"), "NumericEquals"),
        (on("StringNotEquals", "1"), "StringNotEquals"),
        (on("StringEquals", "o-1", "aws:PrincipalOrgID"), "aws:PrincipalOrgID"),
        (on("StringEquals", "a", "aws:TagKeys"), "several values"),
        (on("StringEquals", "${aws:username}", "aws:SourceAccount"), "aws:username"),
        ({"Resource": "arn:aws:sns:*:*:${aws:username}"}, "aws:username"),
        ({"NotAction": "iam:*"}, "NotAction"),
        ({"NotPrincipal": "*"}, "NotPrincipal"),
        ({"NotResource": TOPIC}, "NotResource"),
    ],
)
def test_what_is_not_modelled_is_an_error_that_names_it(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(AwsError, match=f"does not model.*{named}") as error:
        decision(statement(**changes), context=CONTEXT)
    assert error.value.code == "NotModelled"


INSTANCE = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-0123456789abcdef0"
UPDATE = "ssm:UpdateInstanceInformation"
IN_REGION = allow(UPDATE) | on("StringEquals", REGION, "aws:RequestedRegion")
DENIED = [allow("*"), allow(UPDATE) | {"Effect": "Deny"}]


def simulate(sandbox: Sandbox, role: str) -> dict[str, Any]:
    answer = sandbox.client("iam", REGION).simulate_principal_policy(
        PolicySourceArn=role, ActionNames=[UPDATE], ResourceArns=[INSTANCE]
    )
    [result] = answer["EvaluationResults"]
    return dict(result)


@pytest.mark.parametrize(
    ("role", "decision", "missing"),
    [
        ({"statements": [allow(UPDATE)]}, "allowed", []),
        ({"statements": [allow("ec2:*")]}, "implicitDeny", []),
        ({"statements": DENIED}, "explicitDeny", []),
        ({"statements": [allow(UPDATE) | {"Resource": f"{INSTANCE}1"}]}, "implicitDeny", []),
        ({"statements": [IN_REGION]}, "implicitDeny", ["aws:RequestedRegion"]),
        ({"managed_policies": ["AmazonSSMManagedInstanceCore"]}, "allowed", []),
        ({"statements": [allow(UPDATE)], "boundary": [allow(UPDATE)]}, "allowed", []),
        ({"statements": [allow(UPDATE)], "boundary": [allow("ec2:*")]}, "implicitDeny", []),
        ({"statements": [allow(UPDATE)], "boundary": DENIED}, "explicitDeny", []),
        (
            {"statements": [allow(UPDATE)], "boundary": [IN_REGION]},
            "implicitDeny",
            ["aws:RequestedRegion"],
        ),
    ],
)
def test_the_simulator_tells_what_the_policies_of_a_role_say(
    sandbox: Sandbox, role: dict[str, Any], decision: str, missing: list[str]
) -> None:
    sandbox.fleet.load({"roles": {"simulated": {"managed_policies": [], **role}}}, ACCOUNT, REGION)
    result = simulate(sandbox, f"arn:aws:iam::{ACCOUNT}:role/simulated")
    sandbox.fleet.clear()
    assert (result["EvalDecision"], result["MissingContextValues"]) == (decision, missing)
    boundary = result.get("PermissionsBoundaryDecisionDetail")
    allowed = {"AllowedByPermissionsBoundary": decision == "allowed"}
    assert boundary == (allowed if "boundary" in role else None)


def test_the_simulator_knows_the_roles_that_there_are(sandbox: Sandbox) -> None:
    assert simulate(sandbox, make_role(sandbox, "ec2", []))["EvalDecision"] == "implicitDeny"
    with refused("NoSuchEntity"):
        simulate(sandbox, f"arn:aws:iam::{ACCOUNT}:role/gone")
