from __future__ import annotations

from typing import Any

import pytest

from sandbox.gateway import AwsError
from sandbox.policies import AccessRequest, Decision, decide

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"


def statement(**changes: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "sns:Publish", "Resource": TOPIC, **changes}


def decision(*statements: dict[str, Any], principals: Any = (), **context: str) -> Decision:
    names = {name.replace("__", "/").replace("_", ":", 1): value for name, value in context.items()}
    return decide([{"Statement": list(statements)}], AccessRequest("sns:Publish", TOPIC, names, principals))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Decision.ALLOW),
        ({"Action": "SNS:publish"}, Decision.ALLOW),
        ({"Action": ["sns:Get*", "sns:Pub?ish"]}, Decision.ALLOW),
        ({"Action": "sns:Subscribe"}, Decision.IMPLICIT),
        ({"Resource": "*"}, Decision.ALLOW),
        ({"Resource": "arn:aws:sns:*:123456789012:al*"}, Decision.ALLOW),
        ({"Resource": TOPIC.upper()}, Decision.IMPLICIT),
    ],
)
def test_actions_and_resources_match_by_wildcards(changes: dict[str, Any], expected: Decision) -> None:
    assert decision(statement(**changes)) is expected


def test_an_explicit_deny_wins() -> None:
    assert decision(statement(Resource="*"), statement(Effect="Deny")) is Decision.DENY


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
    conditional = statement(Condition={operator: {"AWS:sourcearn": value}})
    assert (decision(conditional, aws_SourceArn=actual) is Decision.ALLOW) is holds


@pytest.mark.parametrize(
    ("keys", "holds"), [(["a"], True), (["b", "a"], True), ([], True), (["a", "c"], False)]
)
def test_all_values_of_a_key_are_among_those_allowed(keys: list[str], holds: bool) -> None:
    conditional = statement(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}})
    request = AccessRequest("sns:Publish", TOPIC, {"aws:TagKeys": keys})
    assert (decide([{"Statement": conditional}], request) is Decision.ALLOW) is holds


@pytest.mark.parametrize(
    ("operator", "holds"),
    [("StringEquals", False), ("Bool", False), ("StringEqualsIfExists", True)],
)
def test_a_key_that_the_request_does_not_have(operator: str, holds: bool) -> None:
    conditional = statement(Condition={operator: {"aws:SourceAccount": "true"}})
    assert (decision(conditional) is Decision.ALLOW) is holds


def test_all_conditions_of_a_statement_must_hold() -> None:
    conditions = {"StringEquals": {"aws:SourceAccount": "1", "aws:ResourceTag/repair": "yes"}}
    conditional = statement(Condition=conditions)
    assert decision(conditional, aws_SourceAccount="1", aws_ResourceTag__repair="yes") is Decision.ALLOW
    assert decision(conditional, aws_SourceAccount="1", aws_ResourceTag__repair="no") is Decision.IMPLICIT


@pytest.mark.parametrize(
    "principal", ["*", {"AWS": "*"}, {"Service": ["x.amazonaws.com", "y.amazonaws.com"]}]
)
def test_a_principal_is_named(principal: Any) -> None:
    named = statement(Principal=principal)
    assert decision(named, principals=(("Service", "y.amazonaws.com"),)) is Decision.ALLOW
    other = decision(statement(Principal={"Service": "x.amazonaws.com"}), principals=(("AWS", "1"),))
    assert other is Decision.IMPLICIT


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"Condition": {"NumericEquals": {"aws:SourceAccount": "1"}}}, "NumericEquals"),
        ({"Condition": {"StringNotEquals": {"aws:SourceAccount": "1"}}}, "StringNotEquals"),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, "aws:PrincipalOrgID"),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "${aws:username}"}}}, "aws:username"),
        ({"Resource": "arn:aws:sns:*:*:${aws:username}"}, "aws:username"),
        ({"NotAction": "iam:*"}, "NotAction"),
        ({"NotPrincipal": "*"}, "NotPrincipal"),
        ({"NotResource": TOPIC}, "NotResource"),
    ],
)
def test_what_is_not_modelled_is_an_error_that_names_it(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(AwsError, match="does not model") as error:
        decision(statement(**changes), aws_SourceAccount="1")
    assert error.value.code == "NotModelled"
    assert named in error.value.message
