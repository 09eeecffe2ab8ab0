from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.gateway import AwsError
from sandbox.schedule_expressions import check_expression, due

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)  # a Tuesday


def times(expression: str, zone: str = "UTC", start: datetime = NOON, count: int = 2) -> list[str]:
    """Return when a schedule that is put at `start` is due, in UTC."""
    check_expression(expression, zone)
    found: list[str] = []
    last = None
    while len(found) < count:
        last = due(expression, zone, last, start)
        if last is None:
            break
        found.append(f"{last:%Y-%m-%d %H:%M}")
    return found


def test_a_rate_is_due_at_once_and_then_regularly() -> None:
    assert times("rate(90 minutes)") == ["2030-01-01 12:00", "2030-01-01 13:30"]
    assert times("rate(1 day)") == ["2030-01-01 12:00", "2030-01-02 12:00"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 8 * * ? *)", ["2030-01-02 08:00", "2030-01-03 08:00"]),
        ("cron(0 12 * * ? *)", ["2030-01-02 12:00", "2030-01-03 12:00"]),
        ("cron(0/20 * ? * * *)", ["2030-01-01 12:20", "2030-01-01 12:40"]),
        ("cron(*/30 9-10 * * ? *)", ["2030-01-02 09:00", "2030-01-02 09:30"]),
        ("cron(15 8,18 * * ? *)", ["2030-01-01 18:15", "2030-01-02 08:15"]),
        ("cron(0 8 ? * MON-FRI *)", ["2030-01-02 08:00", "2030-01-03 08:00"]),
        ("cron(0 8 ? * 1 *)", ["2030-01-06 08:00", "2030-01-13 08:00"]),
        ("cron(0 8 1 feb-mar ? *)", ["2030-02-01 08:00", "2030-03-01 08:00"]),
        ("cron(0 8 29 2 ? *)", ["2032-02-29 08:00", "2036-02-29 08:00"]),
        ("cron(0 8 1 1 ? 2031)", ["2031-01-01 08:00"]),
        ("cron(0 8 1 1 ? 2029)", []),
    ],
)
def test_a_cron_expression_is_due_when_all_its_fields_fit(expression: str, expected: list[str]) -> None:
    assert times(expression) == expected


def test_a_cron_expression_is_read_in_its_time_zone() -> None:
    assert times("cron(0 8 * * ? *)", "Asia/Kolkata") == ["2030-01-02 02:30", "2030-01-03 02:30"]
    assert times("cron(0 8 ? * TUE *)", "Pacific/Auckland", count=1) == ["2030-01-07 19:00"]


def test_the_hour_on_the_clock_stays_when_clocks_change() -> None:
    start = datetime(2030, 3, 30, tzinfo=UTC)
    assert times("cron(0 8 * * ? *)", "Europe/Berlin", start) == ["2030-03-30 07:00", "2030-03-31 06:00"]


def test_a_time_that_is_skipped_is_left_out_and_one_that_comes_twice_counts_once() -> None:
    spring, autumn = datetime(2030, 3, 30, 12, tzinfo=UTC), datetime(2030, 10, 26, 12, tzinfo=UTC)
    at_half_past_two = "cron(30 2 * * ? *)"
    assert times(at_half_past_two, "Europe/Berlin", spring, 1) == ["2030-04-01 00:30"]
    assert times(at_half_past_two, "Europe/Berlin", autumn) == ["2030-10-27 00:30", "2030-10-28 01:30"]


@pytest.mark.parametrize(
    ("expression", "zone", "code"),
    [
        ("cron(0 8 * * *)", "UTC", "ValidationException"),
        ("cron(0 8 * * * *)", "UTC", "ValidationException"),
        ("cron(0 8 ? * ? *)", "UTC", "ValidationException"),
        ("cron(60 8 * * ? *)", "UTC", "ValidationException"),
        ("cron(0 18-8 * * ? *)", "UTC", "ValidationException"),
        ("cron(0/0 8 * * ? *)", "UTC", "ValidationException"),
        ("cron(0 8 * FOO ? *)", "UTC", "ValidationException"),
        ("cron(0 8 * * ? ?)", "UTC", "ValidationException"),
        ("cron(0 8 * * ? *)", "Mars/Olympus", "ValidationException"),
        ("cron(0 8 * * ? *)", "../etc/passwd", "ValidationException"),
        ("cron(0 8 L * ? *)", "UTC", "NotModelled"),
        ("cron(0 8 15W * ? *)", "UTC", "NotModelled"),
        ("cron(0 8 ? * 6#3 *)", "UTC", "NotModelled"),
        ("rate(0 minutes)", "UTC", "NotModelled"),
        ("at(2030-01-01T00:00:00)", "UTC", "NotModelled"),
    ],
)
def test_what_is_wrong_or_not_modelled_is_named(expression: str, zone: str, code: str) -> None:
    with pytest.raises(AwsError) as error:
        check_expression(expression, zone)
    assert error.value.code == code
    assert expression in error.value.message or zone in error.value.message
