from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.filter_policies import accepts, check_filter_policy
from sandbox.gateway import AwsError

ATTRIBUTES = {
    "status": {"DataType": "String", "StringValue": "lost"},
    "count": {"DataType": "Number", "StringValue": "3"},
    "teams": {"DataType": "String.Array", "StringValue": '["red", "blue"]'},
    "broken": {"DataType": "String.Array", "StringValue": "red"},
}


@pytest.mark.parametrize(
    ("policy", "fits"),
    [
        ({}, True),
        ({"status": ["lost"]}, True),
        ({"status": ["recovered", "lost"]}, True),
        ({"status": ["Lost"]}, False),
        ({"status": ["lost"], "region": ["eu-central-1"]}, False),
        ({"teams": ["blue"]}, True),
        ({"teams": ["green"]}, False),
        ({"broken": ["red"]}, False),
        ({"count": ["3"]}, False),
        ({"status": [{"prefix": "lo"}]}, True),
        ({"status": [{"prefix": "st"}]}, False),
        ({"count": [{"prefix": "3"}]}, False),
        ({"status": [{"anything-but": ["recovered"]}]}, True),
        ({"status": [{"anything-but": "lost"}]}, False),
        ({"status": [{"anything-but": {"prefix": "lo"}}]}, False),
        ({"teams": [{"anything-but": ["red"]}]}, True),
        ({"teams": [{"anything-but": ["red", "blue"]}]}, False),
        ({"region": [{"anything-but": ["eu-central-1"]}]}, False),
        ({"region": [{"exists": False}]}, True),
        ({"status": [{"exists": False}]}, False),
        ({"count": [{"exists": True}]}, True),
    ],
)
def test_attributes_fit_or_not(policy: dict[str, Any], fits: bool) -> None:
    check_filter_policy(json.dumps(policy))
    assert accepts(json.dumps(policy), ATTRIBUTES) is fits


@pytest.mark.parametrize(
    ("policy", "named"),
    [
        ({"status": "lost"}, '"status" must be an object or an array'),
        ({f"key{number}": ["x"] for number in range(6)}, "more than 5 keys"),
        ({"a": ["x"] * 16, "b": ["x"] * 10}, "too complex"),
    ],
)
def test_limits(policy: dict[str, Any], named: str) -> None:
    with pytest.raises(AwsError, match=named) as error:
        check_filter_policy(json.dumps(policy))
    assert error.value.code == "InvalidParameter"


@pytest.mark.parametrize(
    "condition",
    [
        {"numeric": [">", 3]},
        {"suffix": "st"},
        {"equals-ignore-case": "LOST"},
        {"anything-but": [3]},
        {"anything-but": {"suffix": "st"}},
        {"prefix": "lo", "exists": True},
        3,
        None,
    ],
)
def test_what_is_not_modelled_is_an_error_that_names_it(condition: Any) -> None:
    with pytest.raises(AwsError, match="status") as error:
        check_filter_policy(json.dumps({"status": [condition]}))
    assert error.value.code == "NotModelled"
