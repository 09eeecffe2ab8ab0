from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.event_patterns import InvalidPatternError, compile_pattern

EVENT = {
    "source": "aws.config",
    "resources": [],
    "detail": {
        "resourceId": "i-123",
        "newEvaluationResult": {"complianceType": "NON_COMPLIANT"},
        "count": 5,
        "flag": True,
        "nothing": None,
        "tags": ["red", "blue"],
        "list": [{"a": 1, "b": 2}, {"a": 3}],
    },
}


def matches(pattern: Any) -> bool:
    return compile_pattern(json.dumps(pattern))(EVENT)


def detail(**fields: Any) -> dict[str, Any]:
    return {"detail": fields}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.config"]}, True),
        ({"source": ["aws.ec2", "aws.config"]}, True),
        ({"source": ["aws.ec2"]}, False),
        ({"source": ["aws.config"], "detail": {"resourceId": ["i-9"]}}, False),
        (detail(newEvaluationResult={"complianceType": ["NON_COMPLIANT"]}), True),
        (detail(missing=["x"]), False),
        (detail(count=[5.0]), True),
        (detail(count=["5"]), False),
        (detail(flag=[1]), False),
        (detail(flag=[True]), True),
        (detail(nothing=[None]), True),
        (detail(tags=["blue"]), True),
        (detail(list={"a": [3]}), True),
        (detail(resourceId=[{"prefix": "i-"}]), True),
        (detail(resourceId=[{"prefix": {"equals-ignore-case": "I-"}}]), True),
        (detail(resourceId=[{"suffix": "23"}]), True),
        (detail(resourceId=[{"suffix": "1"}]), False),
        (detail(resourceId=[{"equals-ignore-case": "I-123"}]), True),
        (detail(resourceId=[{"wildcard": "i-*3"}]), True),
        (detail(resourceId=[{"wildcard": "i-\\*"}]), False),
        (detail(resourceId=[{"anything-but": "i-123"}]), False),
        (detail(resourceId=[{"anything-but": ["i-1", "i-2"]}]), True),
        (detail(resourceId=[{"anything-but": {"prefix": ["x", "i-"]}}]), False),
        (detail(missing=[{"anything-but": "x"}]), False),
        (detail(count=[{"numeric": [">", 0, "<=", 5]}]), True),
        (detail(count=[{"numeric": ["<", 5]}]), False),
        (detail(oldEvaluationResult=[{"exists": False}]), True),
        (detail(resourceId=[{"exists": True}]), True),
        (detail(newEvaluationResult=[{"exists": True}]), False),
        (detail(oldEvaluationResult={"complianceType": [{"exists": False}]}), True),
        ({"$or": [{"source": ["x"]}, {"detail": {"count": [5]}}]}, True),
        ({"$or": [{"source": ["x"]}, {"source": ["y"]}]}, False),
    ],
)
def test_patterns(pattern: dict[str, Any], expected: bool) -> None:
    assert matches(pattern) is expected


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ({"source": [{"regex": "x"}]}, "regex"),
        ({"source": ["aws.config", {"cidr": "10.0.0.0/8"}]}, "cidr"),
        ({"source": [{"prefix": 3}]}, "prefix"),
        ({"source": [{"numeric": ["~", 3]}]}, "numeric"),
        ({"source": [{"prefix": "a", "suffix": "b"}]}, "only one key"),
        ({"source": "aws.config"}, "source"),
        ({}, "not empty"),
    ],
)
def test_what_is_not_known_is_named(pattern: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidPatternError, match=named):
        compile_pattern(json.dumps(pattern))
