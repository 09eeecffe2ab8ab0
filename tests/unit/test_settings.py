import json
from datetime import timedelta

import pytest

from ssm_agent_monitor.evaluator.settings import (
    InvalidParameterError,
    NotificationMode,
    Report,
    Settings,
    parse,
)


def test_without_parameters_the_defaults_hold() -> None:
    assert parse({}) == Settings(
        report=Report.CHANGES,
        concurrent_calls=10,
        grace=timedelta(minutes=15),
        include_tags={},
        exclude_tags={},
        platforms=None,
        hybrid_nodes=False,
        silence_tag="",
        notification_mode=None,
        notify_recovery=True,
    )


def test_parameters_are_read_from_texts() -> None:
    texts = {
        "report": "all",
        "concurrentCalls": "3",
        "graceMinutes": "0",
        "includeTags": '{"Environment": ["production", "live-*"], "Owner": []}',
        "excludeTags": '{"Environment": ["test"]}',
        "platforms": "linux,macos",
        "hybridNodes": "true",
        "silenceTag": "SilencedUntil",
        "notificationMode": "digest",
        "notifyRecovery": "false",
    }
    assert parse(texts) == Settings(
        report=Report.ALL,
        concurrent_calls=3,
        grace=timedelta(0),
        include_tags={"Environment": ("production", "live-*"), "Owner": ()},
        exclude_tags={"Environment": ("test",)},
        platforms=frozenset({"linux", "macos"}),
        hybrid_nodes=True,
        silence_tag="SilencedUntil",
        notification_mode=NotificationMode.DIGEST,
        notify_recovery=False,
    )


def test_an_unknown_parameter_is_named() -> None:
    message = "unknown rule parameters: graceMinuts, x; allowed: concurrentCalls, excludeTags, graceMinutes, "
    with pytest.raises(InvalidParameterError, match=message):
        parse({"x": "1", "graceMinuts": "5"})


INVALID = {
    "report": ("some", "", "ALL"),
    "concurrentCalls": ("0", "51", "-1", "1.5", "", "many", "²"),
    "graceMinutes": ("-1", "1441", "15.0", "", "15 minutes", "\u0661\u0665"),
    "includeTags": ("[" * 100_000, "", "[]", "{", '{"a": "b"}', '{"a": [1]}', '{"": []}', "null"),
    "excludeTags": ('{"a": null}',),
    "platforms": ("", "Linux", "linux,", "linux, windows", "amiga"),
    "hybridNodes": ("", "True", "1"),
    "silenceTag": ("",),
    "notificationMode": ("", "Digest", "none"),
    "notifyRecovery": ("", "True"),
}

NO_TEXTS = (None, True, 5, 1.5, ["linux"], {"Team": ["a"]})


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in INVALID for value in INVALID[name]])
def test_an_invalid_value_is_named_with_what_is_allowed(name: str, value: str) -> None:
    with pytest.raises(InvalidParameterError) as raised:
        parse({name: value})
    assert str(raised.value).startswith(f"{name} is {value!r}; allowed: ")


@pytest.mark.parametrize("value", NO_TEXTS)
@pytest.mark.parametrize("name", INVALID)
def test_a_value_that_is_no_text_is_named(name: str, value: object) -> None:
    with pytest.raises(InvalidParameterError) as raised:
        parse({name: value})
    assert str(raised.value).startswith(f"{name} is {json.dumps(value)}; allowed: a text, ")
