"""The tag that mutes an instance: it holds the time until which nobody is told."""

from __future__ import annotations

from datetime import datetime

from ssm_agent_monitor.shared import times


def silenced_until(value: str, now: datetime) -> datetime | None:
    """Until when the tag's value mutes; None: it doesn't any more, or holds no time."""
    until = times.parse(value)
    return until if until and until > now else None
