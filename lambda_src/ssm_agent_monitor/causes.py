"""Why an agent does or does not answer: the words and the code that an annotation carries.

An annotation holds only what doesn't age, so that the same state always has the same text, and ends
in ` [cause-code]`. The codes are listed in docs/operations.md.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ssm_agent_monitor.models import Agent

ANNOTATION_CHARACTERS = 256
"""The most that PutEvaluations takes (botocore's model of Config, `StringWithCharLimit256`)."""

ONLINE = "Online [online]"
NEVER_REGISTERED = (
    "Never registered with Systems Manager: it has no record of an SSM Agent on this running instance "
    "[never-registered]"
)
NOT_RUNNING = "The instance is not running [not-running]"
NOTHING_RUNS = "No EC2 instance is running in this account and Region [nothing-running]"

CODES = {"ConnectionLost": "connection-lost", "Inactive": "inactive"}
"""Cause codes by ping status; a ping status that AWS adds one day gets `not-online`."""


def of_agent(agent: Agent | None) -> str:
    """The annotation for a running instance, from what Systems Manager says of its agent (None: nothing)."""
    if agent is None:
        return NEVER_REGISTERED
    if agent.is_online:
        return ONLINE
    facts = [f"Ping status {agent.ping_status}"]
    facts.append(f"last ping {_utc(agent.last_ping)}" if agent.last_ping else "no ping on record")
    if agent.version:
        facts.append(f"SSM Agent {agent.version}")
    if agent.platform:
        facts.append(agent.platform)
    return annotation("; ".join(facts), CODES.get(agent.ping_status, "not-online"))


def annotation(words: str, code: str) -> str:
    """`words [code]` in at most 256 characters: the words are shortened visibly, the code never."""
    suffix = f" [{code}]"
    room = ANNOTATION_CHARACTERS - len(suffix)
    if len(words) > room:
        words = words[: room - 3] + "..."
    return words + suffix


def code(text: str | None) -> str:
    """The cause's code in which an annotation ends; empty if it has none, as an annotation of another's."""
    found = re.search(r" \[([a-z-]+)\]$", text or "")
    return found.group(1) if found else ""


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
