"""Why an agent does or does not answer: the words and the code that an annotation carries.

An annotation holds only what doesn't age, so that the same state always has the same text, and ends
in ` [cause-code]`. The codes are listed in docs/operations.md. When an instance recovers, the runbook reads
`last ping TIME` or `launch at TIME` from the annotation of the result that was replaced: these stay in it
whatever the cause.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ssm_agent_monitor.models import Agent, Details

ANNOTATION_CHARACTERS = 256
"""The most that PutEvaluations takes (botocore's model of Config, `StringWithCharLimit256`)."""

ONLINE = "Online [online]"
NOT_RUNNING = "The instance is not running [not-running]"
NOTHING_RUNS = "No EC2 instance is running in this account and Region [nothing-running]"
OUT_OF_SCOPE = "Out of scope: by its tags or its platform it is not judged [out-of-scope]"
HYBRID_OUT_OF_SCOPE = "Out of scope: hybrid nodes, or those of this platform, are not judged [out-of-scope]"
DEREGISTERED = "Systems Manager no longer has a record of this hybrid node [deregistered]"

CODES = {"ConnectionLost": "connection-lost", "Inactive": "inactive"}
"""Cause codes by ping status; a ping status that AWS adds one day gets `not-online`."""

WAS_REGISTERED = frozenset(
    {"online", *CODES.values(), "not-online", "agent-too-old", "no-longer-registered"},
)
"""Codes that only an agent has which Systems Manager knows, or has known."""

DEFAULT_HOST_MANAGEMENT_AGENT = (3, 2, 582, 0)
"""The oldest SSM Agent that Default Host Management Configuration works with (Systems Manager user guide)."""

NO_METADATA = (
    "Likely cause: the instance metadata endpoint is disabled, so the agent gets no credentials",
    "metadata-disabled",
)
NO_INSTANCE_PROFILE = (
    "Likely cause: no instance profile, and Default Host Management Configuration is off, so the agent has "
    "no permissions",
    "no-instance-profile",
)
AGENT_TOO_OLD = (
    "Likely cause: no instance profile, and an SSM Agent older than 3.2.582.0, too old for Default Host "
    "Management Configuration",
    "agent-too-old",
)


def of_agent(agent: Agent) -> str:
    """The annotation for what Systems Manager says of an agent that it knows."""
    if agent.is_online:
        return ONLINE
    return annotation(_facts(agent), CODES.get(agent.ping_status, "not-online"))


def of_instance(
    agent: Agent | None, details: Details | None, default_host_management: bool | None, last_code: str
) -> str:
    """The annotation for a running instance whose agent does not answer: the likeliest cause, then facts.

    `agent` is None if Systems Manager has no record of it, `last_code` the code of the instance's last result
    (empty: none).
    """
    likeliest = _likeliest(agent, details, default_host_management)
    if agent:
        facts = _facts(agent)
        code_of_facts = CODES.get(agent.ping_status, "not-online")
    elif last_code in WAS_REGISTERED:
        facts = "No longer registered with Systems Manager: its record of the SSM Agent is gone"
        code_of_facts = "no-longer-registered"
    else:
        facts = "Never registered with Systems Manager"
        if details:
            facts += f" since its launch at {utc(details.launched)}"
        if not likeliest:
            facts += ": it has no record of an SSM Agent on this running instance"
        code_of_facts = "never-registered"
    if likeliest:
        words, code_of_cause = likeliest
        return annotation(f"{words}; {facts}", code_of_cause)
    return annotation(facts, code_of_facts)


def silenced(until: datetime) -> str:
    """The annotation for an instance that is left out until a time."""
    return annotation(f"Silenced until {utc(until)}", "silenced")


def annotation(words: str, code: str) -> str:
    """`words [code]` in at most 256 characters: the words are shortened visibly, the code never.

    Quotes, backslashes and control characters become spaces: EventBridge's input transformer puts an
    annotation into JSON without escaping it.
    """
    words = re.sub(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029]', " ", words)
    suffix = f" [{code}]"
    room = ANNOTATION_CHARACTERS - len(suffix)
    if len(words) > room:
        words = words[: room - 3] + "..."
    return words + suffix


def code(text: str | None) -> str:
    """The cause's code in which an annotation ends; empty if it has none, as an annotation of another's."""
    found = re.search(r" \[([a-z-]+)\]\Z", text or "")
    return found.group(1) if found else ""


def utc(time: datetime) -> str:
    """A time as annotations and logs write it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _facts(agent: Agent) -> str:
    facts = [f"Ping status {agent.ping_status}"]
    facts.append(f"last ping {utc(agent.last_ping)}" if agent.last_ping else "no ping on record")
    if agent.version:
        facts.append(f"SSM Agent {agent.version}")
    if agent.platform:
        facts.append(agent.platform)
    return "; ".join(facts)


def _likeliest(
    agent: Agent | None, details: Details | None, default_host_management: bool | None
) -> tuple[str, str] | None:
    """Words and code of the likeliest cause, if what was read shows one."""
    if details is None:
        return None
    if not details.has_metadata_endpoint:
        return NO_METADATA
    if details.has_instance_profile or default_host_management is None:
        return None
    if not default_host_management:
        return NO_INSTANCE_PROFILE
    return AGENT_TOO_OLD if agent and _is_too_old(agent.version) else None


def _is_too_old(version: str | None) -> bool:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9}){3}", version or ""):
        return False
    return tuple(int(part) for part in str(version).split(".")) < DEFAULT_HOST_MANAGEMENT_AGENT
