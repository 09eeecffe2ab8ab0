"""Times as annotations, events, messages and tags have them: ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
"""The regular expression of a time that this project wrote, or AWS Config did."""


def utc(time: datetime) -> str:
    """A time in UTC, to the second: `2030-01-31T08:00:00Z`."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def parse(text: str) -> datetime | None:
    """The time that somebody wrote, in UTC; without a time zone it is UTC. None: the text is no time."""
    try:
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):  # such as the 31st of February, or a time before the year 1
        return None
