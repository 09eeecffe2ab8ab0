from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.input_transformer import UnknownPlaceholderError, target_input

EVENT = {
    "time": "2030-01-01T00:00:00Z",
    "detail-type": "Change",
    "detail": {"id": "i-1", "count": 3, "tags": ["a", "b"], "quoted": 'say "hi"'},
}


def given(**target: Any) -> str:
    return target_input({"Id": "1", "Arn": "arn", **target}, EVENT, "changes", "arn:rule/changes")


def filled(template: str, **paths: str) -> str:
    return given(InputTransformer={"InputTemplate": template, "InputPathsMap": paths})


def test_without_settings_a_target_gets_the_whole_event() -> None:
    assert json.loads(given()) == EVENT


def test_a_target_gets_a_constant_or_a_part_of_the_event() -> None:
    assert given(Input='{"x": 1}') == '{"x": 1}'
    assert given(InputPath="$.detail.tags") == '["a", "b"]'


def test_placeholders_outside_quotes_become_json() -> None:
    paths = {"id": "$.detail.id", "n": "$.detail.count", "tags": "$.detail.tags"}
    text = filled('{"id": <id>, "n": <n>, "tags": <tags>}', **paths)
    assert json.loads(text) == {"id": "i-1", "n": 3, "tags": ["a", "b"]}


def test_placeholders_inside_quotes_are_put_in_as_they_are() -> None:
    assert filled('{"text": ["<id> is lost, <n>"]}', id="$.detail.id", n="$.detail.count") == (
        '{"text": ["i-1 is lost, 3"]}'
    )
    assert filled('{"text": "<q>"}', q="$.detail.quoted") == '{"text": "say "hi""}'
    assert filled('"<type> at <at>"', type="$.detail-type", at="$.time") == '"Change at 2030-01-01T00:00:00Z"'


def test_a_missing_path_leaves_nothing_in_its_place() -> None:
    assert filled('{"old": <old>}', old="$.detail.oldEvaluationResult.complianceType") == '{"old": }'
    assert filled('{"old": "<old>"}', old="$.detail.tags[7]") == '{"old": ""}'


def test_reserved_placeholders() -> None:
    assert json.loads(filled('{"rule": <aws.events.rule-name>, "event": <aws.events.event.json>}')) == {
        "rule": "changes",
        "event": EVENT,
    }


def test_unknown_placeholders_and_paths_are_named() -> None:
    with pytest.raises(UnknownPlaceholderError, match="<other>"):
        filled('{"a": <other>}')
    with pytest.raises(UnknownPlaceholderError, match=r"\$\.\.id"):
        filled('{"a": <id>}', id="$..id")
