from datetime import UTC, datetime

import pytest

from sandbox.schedule_expressions import check_expression, due

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)  # a Tuesday
SPRING = datetime(2030, 3, 30, 12, tzinfo=UTC)  # a day before the clocks go forward in Berlin
AUTUMN = datetime(2030, 10, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "zone", "start", "expected"),
    [
        ("rate(90 minutes)", "UTC", NOON, ["2030-01-01 12:00", "2030-01-01 13:30"]),
        ("rate(1 day)", "UTC", NOON, ["2030-01-01 12:00", "2030-01-02 12:00"]),
        ("cron(0 12 * * ? *)", "UTC", NOON, ["2030-01-02 12:00", "2030-01-03 12:00"]),
        ("cron(0/20 * ? * * *)", "UTC", NOON, ["2030-01-01 12:20", "2030-01-01 12:40"]),
        ("cron(15 8,18 * * ? *)", "UTC", NOON, ["2030-01-01 18:15", "2030-01-02 08:15"]),
        ("cron(0 8 ? * MON-FRI *)", "UTC", NOON, ["2030-01-02 08:00", "2030-01-03 08:00"]),
        ("cron(0 8 ? * 1 *)", "UTC", NOON, ["2030-01-06 08:00", "2030-01-13 08:00"]),
        ("cron(0 8 1 feb-mar ? *)", "UTC", NOON, ["2030-02-01 08:00", "2030-03-01 08:00"]),
        ("cron(0 8 1 1 ? 2031)", "UTC", NOON, ["2031-01-01 08:00", None]),
        ("cron(0 8 ? * TUE *)", "Pacific/Auckland", NOON, ["2030-01-07 19:00", "2030-01-14 19:00"]),
        # The hour on the clock stays when clocks change; what is skipped is left out, none comes twice.
        ("cron(0 8 * * ? *)", "Europe/Berlin", SPRING, ["2030-03-31 06:00", "2030-04-01 06:00"]),
        ("cron(30 2 * * ? *)", "Europe/Berlin", SPRING, ["2030-04-01 00:30", "2030-04-02 00:30"]),
        ("cron(30 2 * * ? *)", "Europe/Berlin", AUTUMN, ["2030-10-27 00:30", "2030-10-28 01:30"]),
    ],
)
def test_a_schedule_is_due(expression: str, zone: str, start: datetime, expected: list[str | None]) -> None:
    check_expression(expression, zone)
    first = due(expression, zone, None, start)
    second = due(expression, zone, first, start)
    assert [each and f"{each:%Y-%m-%d %H:%M}" for each in (first, second)] == expected
