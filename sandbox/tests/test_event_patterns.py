"""What EventBridge's rules and targets may say: patterns, and the templates that are filled from an event."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from sandbox.event_patterns import check_pattern
from sandbox.gateway import AwsError
from sandbox.input_transformer import check_transformer, fill

EVENT: Any = {
    "source": "aws.config",
    "time": "2030-01-01T00:00:00Z",
    "detail-type": "Change",
    "detail": {"id": "i-1", "count": 3, "tags": ["red", "blue"], "new": {"type": "LOST"}, "quoted": '"hi"'},
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.ec2", "aws.config"]}, True),
        ({"source": ["aws.ec2"]}, False),
        ({"source": ["aws.config"], "detail": {"id": ["i-9"]}}, False),
        ({"detail": {"new": {"type": ["LOST"]}}}, True),
        ({"detail": {"missing": ["x"]}}, False),
        ({"detail": {"tags": ["blue"]}}, True),
    ],
)
def test_patterns(pattern: dict[str, Any], expected: bool) -> None:
    text = json.dumps(pattern)
    check_pattern(text)
    assert EventPattern.load(text).matches_event(EVENT) is expected


@pytest.mark.parametrize(
    ("pattern", "code", "named"),
    [
        ('{"source": ["aws.config", {"prefix": "x"}]}', "NotModelled", "prefix"),
        ('{"detail": {"count": [1]}}', "NotModelled", "count"),
        ('{"$or": [{"source": ["x"]}]}', "NotModelled", "or"),
        ('{"source": "aws.config"}', "InvalidEventPatternException", "source"),
        ('{"source": []}', "InvalidEventPatternException", "source"),
        ("{}", "InvalidEventPatternException", "not empty"),
        ("[]", "InvalidEventPatternException", "not empty"),
        ("{", "InvalidEventPatternException", "not valid JSON"),
    ],
)
def test_other_patterns_are_refused(pattern: str, code: str, named: str) -> None:
    with pytest.raises(AwsError, match=named) as error:
        check_pattern(pattern)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ('{"id": <id>, "n": <n>, "tags": <tags>}', '{"id": "i-1", "n": 3, "tags": ["red", "blue"]}'),
        ('{"text": ["<id> is lost, <n>"]}', '{"text": ["i-1 is lost, 3"]}'),
        ('{"text": "<quoted>"}', '{"text": ""hi""}'),
        ('"<type> at <time>"', '"Change at 2030-01-01T00:00:00Z"'),
        ('{"old": <missing>, "text": "<below>"}', '{"old": , "text": ""}'),
    ],
)
def test_templates_are_filled(template: str, filled: str) -> None:
    paths = {name: f"$.detail.{name}" for name in ("id", "tags", "quoted")}
    paths |= {"n": "$.detail.count", "type": "$.detail-type", "time": "$.time"}
    paths |= {"missing": "$.detail.old.type", "below": "$.detail.id.part"}
    transformer = {"InputTemplate": template, "InputPathsMap": paths}
    check_transformer(transformer)
    assert fill(transformer, EVENT) == filled


@pytest.mark.parametrize(
    ("template", "path", "named"),
    [
        ('{"a": <other>}', "$.detail.id", "<other>"),
        ('{"a": <aws.events.rule-name>}', "$.detail.id", "<aws.events.rule-name>"),
        ('{"a": <id>}', "$..id", r"\$\.\.id"),
        ('{"a": <id>}', "$.detail.tags[0]", "tags"),
    ],
)
def test_unknown_placeholders_and_paths_are_named(template: str, path: str, named: str) -> None:
    with pytest.raises(AwsError, match=named) as error:
        check_transformer({"InputTemplate": template, "InputPathsMap": {"id": path}})
    assert error.value.code == "NotModelled"
