"""When a schedule is due: `rate(…)` and `cron(…)` expressions, the latter in a time zone.

See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html. The library aws_croniter reads
the fields of a cron expression; it knows no time zones, and takes ranges that go backwards, such as `18-8`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from aws_croniter import AwsCroniter  # type: ignore[import-untyped]

from sandbox.gateway import AwsError, not_modelled

RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\((.+)\)")
NUMBERS = dict(AwsCroniter.MONTH_REPLACES + AwsCroniter.DAY_WEEK_REPLACES)  # by the names in an expression


def check_expression(expression: str, zone: str) -> None:
    """Raise `AwsError` for an expression or a time zone that is wrong, or not modelled."""
    if not RATE.fullmatch(expression):
        _cron(expression)
    _zone(zone)


def due(expression: str, zone: str, after: datetime | None, now: datetime) -> datetime | None:
    """Return when a schedule is due next, in UTC: after it was due last, or (None) for the first time.

    A rate is due at once. A time that a change of the clocks skips is left out, one that comes
    twice counts once. None: never again.
    """
    if rate := RATE.fullmatch(expression):
        return now if after is None else after + timedelta(**{f"{rate[2]}s": int(rate[1])})
    since, place = after or now, _zone(zone)
    clock: datetime | None = since.astimezone(place).replace(tzinfo=UTC)  # what the clocks show there
    while clock := _cron(expression).get_next(clock)[0]:
        at: datetime = clock.replace(tzinfo=place).astimezone(UTC)
        if at > since and at.astimezone(place).replace(tzinfo=UTC) == clock:
            return at
    return None


@lru_cache
def _cron(expression: str) -> AwsCroniter:
    cron = CRON.fullmatch(expression)
    if not cron:
        raise not_modelled(f"the schedule {expression}")
    fields = re.sub("[A-Z]{3}", lambda name: NUMBERS.get(name[0], name[0]), " ".join(cron[1].upper().split()))
    if re.search(r"\bL\b|\dL|\d?W\b|#", fields):
        raise not_modelled(f"L, W and # in the schedule {expression}")
    try:
        read = AwsCroniter(fields)
    except ValueError:
        read = None
    if read is None or any(int(first) > int(last) for first, last in re.findall(r"(\d+)-(\d+)", fields)):
        raise AwsError("ValidationException", f"Invalid Schedule Expression {expression}.")
    return read


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # also a ZoneInfoNotFoundError
        raise AwsError("ValidationException", f"Invalid Schedule Expression Timezone {name}.") from None
