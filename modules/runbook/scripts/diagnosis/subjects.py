"""The machines that a step of the diagnosis looks at: the first 10 that are lost, and still are."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from lost import still_lost
from reading import Unreadable

MOST_MACHINES = 10

Subject = dict[str, Any]
"""A machine of lost.py, with `Machine`: `PingStatus`, `LastPing` (UTC) and `AgentVersion` of its agent.

What isn't known is `unknown`; an agent that never registered is `NotRegistered`, and has `none` of these."""


def subjects_of(lines: list[str]) -> list[Subject]:
    """The machines to look at, from the lines of the parameter `Machines`."""
    return [each | {"Machine": _facts(each["Agent"])} for each in still_lost(lines)[:MOST_MACHINES]]


def _facts(agent: Any) -> dict[str, str]:
    if isinstance(agent, Unreadable):
        return dict.fromkeys(("PingStatus", "LastPing", "AgentVersion"), "unknown")
    last_ping = agent.get("LastPingDateTime")
    return {
        "PingStatus": agent.get("PingStatus", "unknown") if agent else "NotRegistered",
        "LastPing": last_ping.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if last_ping else "none",
        "AgentVersion": agent.get("AgentVersion") or ("unknown" if agent else "none"),
    }
