"""What EventBridge's rules and targets may say: patterns, and the templates that are filled from an event."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from sandbox.event_patterns import check_pattern
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
