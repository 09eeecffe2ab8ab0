from __future__ import annotations

import json

import pytest

from sandbox.gateway import AwsError
from sandbox.input_transformer import check_transformer, fill

EVENT = {
    "time": "2030-01-01T00:00:00Z",
    "detail-type": "Change",
    "detail": {"id": "i-1", "count": 3, "tags": ["a", "b"], "quoted": 'say "hi"'},
}


def filled(template: str, **paths: str) -> str:
    transformer = {"InputTemplate": template, "InputPathsMap": paths}
    check_transformer(transformer)
    return fill(transformer, EVENT)


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
    assert filled('{"old": "<old>"}', old="$.detail.id.part") == '{"old": ""}'


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
        filled(template, id=path)
    assert error.value.code == "NotModelled"
