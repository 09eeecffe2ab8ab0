"""The words of an annotation, and the cause's code in which it ends.

An annotation holds only what doesn't age, so that the same state always has the same text, and ends
in ` [cause-code]`. The codes are listed in docs/operations.md. When an instance recovers, the runbook reads
`last ping TIME` or `launch at TIME` from the annotation of the result that was replaced: these stay in it
whatever the cause.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from ssm_agent_monitor.evaluator.models import Details, LastResult, UnresponsiveAgent

ANNOTATION_CHARACTERS = 256
"""The most that PutEvaluations takes (botocore's model of Config, `StringWithCharLimit256`)."""

UNSAFE = re.compile(r'["\\{}]')
"""EventBridge's input transformer puts an annotation into JSON without escaping it, and Automation takes
what stands in two braces for a variable."""

LAST_PING = re.compile(r"\blast ping (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")
CODE = re.compile(r" \[([a-z-]+)\]\Z")

CODES = {"ConnectionLost": "connection-lost", "Inactive": "inactive"}
"""Cause codes by ping status; a ping status that AWS adds one day gets `not-online`."""

REGISTERED = frozenset(
    {"online", *CODES.values(), "not-online", "agent-too-old", "no-longer-registered"},
)
"""Codes that only an agent has which Systems Manager knows, or has known."""

REGISTERED_WORDS = re.compile(r"\bPing status |\bNo longer registered ")
"""Words that say the same where the code names a likely cause."""

NON_COMPLIANT = REGISTERED - {"online"} | {"metadata-disabled", "no-instance-profile", "never-registered"}
"""The codes of the results of machines that do not answer."""

DEFAULT_HOST_MANAGEMENT_AGENT = (3, 2, 582, 0)
"""The oldest SSM Agent that Default Host Management Configuration works with (Systems Manager user guide)."""


class Reason(NamedTuple):
    """Why a resource has its result: the cause's code, and the annotation, which ends in it."""

    cause: str
    annotation: str


def plain(text: str) -> str:
    """The text on one line: quotes, backslashes, braces and what does not print become spaces.

    Line breaks, control characters and marks that change the direction of writing do not print.
    """
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return UNSAFE.sub(" ", text)


def reason(cause: str, words: str) -> Reason:
    """`words [cause]` in at most 256 characters: the words are shortened visibly, the code never.

    What `plain` takes out becomes spaces.
    """
    words = plain(words)
    suffix = f" [{cause}]"
    room = ANNOTATION_CHARACTERS - len(suffix)
    if len(words) > room:
        words = words[: room - 3] + "..."
    return Reason(cause, words + suffix)


ONLINE = reason("online", "Online")
NOT_RUNNING = reason("not-running", "EC2 does not list the instance as running")
NOTHING_RUNS = reason("nothing-running", "No EC2 instance is running in this account and Region")
OUT_OF_SCOPE = reason("out-of-scope", "Out of scope by its tags or its platform")
HYBRID_OUT_OF_SCOPE = reason(
    "out-of-scope", "Out of scope: hybrid nodes, or those of this platform, are not checked"
)
SERVICE_MANAGED = reason(
    "service-managed",
    "Out of scope: an AWS service operates this instance, and Systems Manager is blocked on it",
)
DEREGISTERED = reason("deregistered", "Systems Manager no longer has a record of this hybrid node")

NO_METADATA = (
    "metadata-disabled",
    "Likely cause: the instance metadata endpoint is disabled, so the agent gets no credentials",
)
NO_INSTANCE_PROFILE = (
    "no-instance-profile",
    "Likely cause: no instance profile, and Default Host Management Configuration is off, so the agent has "
    "no permissions",
)
AGENT_TOO_OLD = (
    "agent-too-old",
    "Likely cause: no instance profile, and an SSM Agent older than 3.2.582.0, too old for Default Host "
    "Management Configuration",
)


def of_agent(agent: UnresponsiveAgent) -> Reason:
    """Why a machine is NON_COMPLIANT whose agent Systems Manager knows."""
    return reason(*_plain(agent))


def of_instance(
    agent: UnresponsiveAgent | None,
    details: Details | None,
    default_host_management: bool | None,
    last: LastResult | None,
) -> Reason:
    """Why a running instance is NON_COMPLIANT: the likeliest cause if there is one, then facts.

    `agent` is None if Systems Manager has no record of it, `last` the instance's last result.
    """
    likeliest = _likeliest(agent, details, default_host_management)
    if agent:
        plain = _plain(agent)
    elif last and last.was_registered:
        plain = "no-longer-registered", _no_longer_registered(last.last_ping)
    else:
        plain = "never-registered", _never_registered(details, is_explained=likeliest is not None)
    if likeliest:
        return reason(likeliest[0], f"{likeliest[1]}; {plain[1]}")
    return reason(*plain)


def silenced(until: datetime) -> Reason:
    """Why an instance is left out until a time."""
    return reason("silenced", f"Silenced until {utc(until)}")


def cause(annotation: str) -> str:
    """The code in which an annotation ends; empty if it has none."""
    found = CODE.search(annotation)
    return found.group(1) if found else ""


def was_registered(annotation: str) -> bool:
    """Whether a result says that Systems Manager knew the agent, or had known it."""
    return cause(annotation) in REGISTERED or REGISTERED_WORDS.search(annotation) is not None


def last_ping(annotation: str) -> datetime | None:
    """The time of the last ping that a result names."""
    found = LAST_PING.search(annotation)
    try:
        return datetime.fromisoformat(found.group(1)) if found else None
    except ValueError:
        return None


def utc(time: datetime) -> str:
    """A time as annotations and logs write it."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _plain(agent: UnresponsiveAgent) -> tuple[str, str]:
    """Code and words for what Systems Manager says, without a likely cause."""
    facts = [f"Ping status {agent.ping_status}"]
    facts.append(f"last ping {utc(agent.last_ping)}" if agent.last_ping else "no ping on record")
    if agent.version:
        facts.append(f"SSM Agent {agent.version}")
    if agent.platform:
        facts.append(agent.platform)
    return CODES.get(agent.ping_status, "not-online"), "; ".join(facts)


def _no_longer_registered(last_ping: datetime | None) -> str:
    words = "No longer registered with Systems Manager: its record of the SSM Agent is gone"
    return f"{words}; last ping {utc(last_ping)}" if last_ping else words


def _never_registered(details: Details | None, *, is_explained: bool) -> str:
    words = "Never registered with Systems Manager"
    if details:
        words += f" since its launch at {utc(details.launched)}"
    return words if is_explained else f"{words}: it has no record of an SSM Agent on this running instance"


def _likeliest(
    agent: UnresponsiveAgent | None, details: Details | None, default_host_management: bool | None
) -> tuple[str, str] | None:
    """Code and words of the likeliest cause, if what was read shows one."""
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
