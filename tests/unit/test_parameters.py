from __future__ import annotations

import pytest

from ssm_agent_monitor.parameters import InvalidParameterError, Report, Settings, parse


def test_without_parameters_the_defaults_hold() -> None:
    assert parse({}) == Settings(report=Report.CHANGES, concurrent_calls=8)


def test_parameters_are_read_from_texts() -> None:
    assert parse({"report": "all", "concurrentCalls": "3"}) == Settings(Report.ALL, 3)


def test_an_unknown_parameter_is_named() -> None:
    message = "unknown rule parameters: graceMinuts, x; allowed: concurrentCalls, report"
    with pytest.raises(InvalidParameterError, match=message):
        parse({"x": "1", "graceMinuts": "5"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("report", "some"), ("report", ""), ("report", "ALL")]
    + [("concurrentCalls", value) for value in ("0", "51", "-1", "1.5", "", "many", "²")],
)
def test_an_invalid_value_is_named_with_what_is_allowed(name: str, value: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"{name} is '{value}'; allowed: "):
        parse({name: value})
