from __future__ import annotations

import json
from typing import Any

import pytest
from moto.sns.models import sns_backends

from sandbox.filter_policies import accepts, check_filter_policy
from sandbox.gateway import AwsError
from sandbox.tests.deployments import ACCOUNT, REGION

ATTRIBUTES = {"status": {"DataType": "String", "StringValue": "lost"}}


def check(policy: dict[str, Any]) -> None:
    check_filter_policy(json.dumps(policy), sns_backends[ACCOUNT][REGION])


@pytest.mark.parametrize(
    ("policy", "fits"),
    [
        ({}, True),
        ({"status": ["recovered", "lost"]}, True),
        ({"status": ["Lost"]}, False),
        ({"status": ["lost"], "region": ["eu-central-1"]}, False),
    ],
)
def test_attributes_fit_or_not(policy: dict[str, Any], fits: bool) -> None:
    check(policy)
    assert accepts(json.dumps(policy), ATTRIBUTES) is fits


@pytest.mark.parametrize(
    ("policy", "code", "named"),
    [
        ({"status": "lost"}, "InvalidParameter", '"status" must be an object or an array'),
        ({f"key{number}": ["x"] for number in range(6)}, "InvalidParameter", "more than 5 keys"),
        ({"a": ["x"] * 16, "b": ["x"] * 10}, "InvalidParameter", "too complex"),
        ({"status": ["lost", {"prefix": "lo"}]}, "NotModelled", "prefix"),
        ({"status": [3]}, "NotModelled", "status"),
        ({"$or": ["a"]}, "NotModelled", "or"),
    ],
)
def test_what_is_wrong_or_not_modelled_is_named(policy: dict[str, Any], code: str, named: str) -> None:
    with pytest.raises(AwsError, match=named) as error:
        check(policy)
    assert error.value.code == code
