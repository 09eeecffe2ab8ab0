from __future__ import annotations

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from sandbox.event_patterns import check_pattern
from sandbox.gateway import AwsError

EVENT: Any = {
    "source": "aws.config",
    "resources": [],
    "detail": {
        "resourceId": "i-123",
        "newEvaluationResult": {"complianceType": "NON_COMPLIANT"},
        "nothing": None,
        "tags": ["red", "blue"],
    },
}


def matches(pattern: Any) -> bool:
    """Ask moto's matcher, as deliveries do, about a pattern that may be put."""
    text = json.dumps(pattern)
    check_pattern(text)
    return EventPattern.load(text).matches_event(EVENT)


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
        (detail(nothing=[None]), True),
        (detail(tags=["blue"]), True),
        (detail(resourceId=[{"prefix": "i-"}]), True),
        (detail(resourceId=[{"suffix": "23"}]), True),
        (detail(resourceId=[{"suffix": "1"}]), False),
        (detail(resourceId=[{"anything-but": "i-123"}]), False),
        (detail(resourceId=[{"anything-but": ["i-1", "i-2"]}]), True),
        (detail(missing=[{"anything-but": "x"}]), False),
        (detail(oldEvaluationResult=[{"exists": False}]), True),
        (detail(resourceId=[{"exists": True}]), True),
        (detail(newEvaluationResult=[{"exists": True}]), False),
        (detail(oldEvaluationResult={"complianceType": [{"exists": False}]}), True),
    ],
)
def test_patterns(pattern: dict[str, Any], expected: bool) -> None:
    assert matches(pattern) is expected


@pytest.mark.parametrize(
    ("pattern", "code", "named"),
    [
        ({"source": [{"regex": "x"}]}, "NotModelled", "regex"),
        ({"source": ["aws.config", {"cidr": "10.0.0.0/8"}]}, "NotModelled", "cidr"),
        ({"source": [{"prefix": 3}]}, "NotModelled", "prefix"),
        ({"source": [{"prefix": {"equals-ignore-case": "x"}}]}, "NotModelled", "equals-ignore-case"),
        ({"source": [{"anything-but": {"prefix": "x"}}]}, "NotModelled", "anything-but"),
        ({"detail": {"count": [{"numeric": [">", 3]}]}}, "NotModelled", "numeric"),
        ({"detail": {"count": [1]}}, "NotModelled", "count"),
        ({"$or": [{"source": ["x"]}]}, "NotModelled", "or"),
        ({"source": [{"prefix": "a", "suffix": "b"}]}, "NotModelled", "suffix"),
        ({"source": "aws.config"}, "InvalidEventPatternException", "source"),
        ({"source": []}, "InvalidEventPatternException", "source"),
        ({}, "InvalidEventPatternException", "not empty"),
        ([], "InvalidEventPatternException", "not empty"),
    ],
)
def test_what_is_not_known_is_named(pattern: Any, code: str, named: str) -> None:
    with pytest.raises(AwsError, match=named) as error:
        check_pattern(json.dumps(pattern))
    assert error.value.code == code


def test_a_pattern_that_is_no_json_is_refused() -> None:
    with pytest.raises(AwsError, match="not valid JSON"):
        check_pattern("{")
