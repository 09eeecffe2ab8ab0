"""When a schedule is due: `rate(…)` and `cron(…)` expressions, the latter in a time zone.

See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from sandbox.gateway import AwsError, not_modelled

RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\((.+)\)")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# Minutes, hours, days of the month, months, days of the week (1: Sunday), years: limits, names from 1 on.
FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, MONTHS),
    (1, 7, WEEKDAYS),
    (1970, 2199, ()),
)
PART = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?")
LONGEST_PAUSE = timedelta(days=8 * 366)  # from one 29th of February to the next across the year 2100


def check_expression(expression: str, zone: str) -> None:
    """Raise `AwsError` for an expression or a time zone that is wrong, or not modelled."""
    if not RATE.fullmatch(expression):
        _fields(expression)
    _zone(zone)


def due(expression: str, zone: str, after: datetime | None, now: datetime) -> datetime | None:
    """Return when a schedule is due next, in UTC: after it was due last, or (None) for the first time.

    A rate is due at once. A time that a change of the clocks skips is left out, one that comes
    twice counts once. None: never again.
    """
    if rate := RATE.fullmatch(expression):
        return now if after is None else after + timedelta(**{f"{rate[2]}s": int(rate[1])})
    fields, since, place = _fields(expression), after or now, _zone(zone)
    day = since.astimezone(place).date()
    for days in range(LONGEST_PAUSE.days):
        for at in _times(fields, day + timedelta(days=days), place):
            if at > since:
                return at
    return None


def _times(fields: tuple[frozenset[int], ...], day: date, zone: tzinfo) -> list[datetime]:
    """Return the times of a day, in UTC, in order."""
    minutes, hours, days, months, weekdays, years = fields
    weekday = day.isoweekday() % 7 + 1
    if not (day.day in days and day.month in months and weekday in weekdays and day.year in years):
        return []
    clocks = [time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)]
    local = [datetime.combine(day, clock, zone) for clock in clocks]
    in_utc = [each.astimezone(UTC) for each in local]
    return [at for at, each in zip(in_utc, local, strict=True) if at.astimezone(zone).time() == each.time()]


@lru_cache
def _fields(expression: str) -> tuple[frozenset[int], ...]:
    cron = CRON.fullmatch(expression)
    if not cron:
        raise not_modelled(f"the schedule {expression}")
    texts = cron[1].upper().split()
    if len(texts) != len(FIELDS) or (texts[2] == "?") == (texts[4] == "?"):
        raise _invalid(expression)
    days = ("*" if text == "?" and position in (2, 4) else text for position, text in enumerate(texts))
    return tuple(_numbers(text, *limits, expression) for text, limits in zip(days, FIELDS, strict=True))


def _numbers(text: str, least: int, most: int, names: tuple[str, ...], expression: str) -> frozenset[int]:
    """Return the numbers that a field stands for, such as `0/15`, `MON-FRI` or `1,15`."""
    if re.search(r"\bL\b|\dL|\d?W\b|#", text):
        raise not_modelled(f"L, W and # in the schedule {expression}")
    numbers: set[int] = set()
    for part in text.split(","):
        match = PART.fullmatch(part)
        if not match:
            raise _invalid(expression)
        first, last, step = match.groups()
        start = least if first == "*" else _number(first, names, expression)
        only = start if first != "*" and not step else most
        end = _number(last, names, expression) if last else only
        if not least <= start <= end <= most or step == "0":
            raise _invalid(expression)
        numbers |= set(range(start, end + 1, int(step or 1)))
    return frozenset(numbers)


def _number(text: str, names: tuple[str, ...], expression: str) -> int:
    if text in names:
        return names.index(text) + 1
    if not text.isdecimal():
        raise _invalid(expression)
    return int(text)


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # also a ZoneInfoNotFoundError
        raise AwsError("ValidationException", f"Invalid Schedule Expression Timezone {name}.") from None


def _invalid(expression: str) -> AwsError:
    return AwsError("ValidationException", f"Invalid Schedule Expression {expression}.")
