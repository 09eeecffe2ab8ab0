"""Why a machine has its result: the cause's code, and the annotation that ends in it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ssm_agent_monitor.evaluator.models import Details, LastResult, UnresponsiveAgent
from ssm_agent_monitor.shared import causes
from ssm_agent_monitor.shared.annotation import annotation_of, last_ping_of, was_registered
from ssm_agent_monitor.shared.times import utc
from ssm_agent_monitor.shared.versions import HOST_MANAGEMENT_SINCE, version_of, written

PING_STATUSES = {"ConnectionLost": causes.CONNECTION_LOST, "Inactive": causes.INACTIVE}
"""Cause codes by ping status; a ping status that AWS adds one day gets `not-online`."""


class Reason(NamedTuple):
    """The cause's code, and the annotation, which ends in it."""

    cause: str
    annotation: str


def reason(cause: str, words: str) -> Reason:
    """A cause and its annotation."""
    return Reason(cause, annotation_of(words, cause))


ONLINE = reason(causes.ONLINE, "Online")
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
    causes.METADATA_DISABLED,
    "Likely cause: the instance metadata endpoint is disabled, so the agent gets no credentials",
)
NO_INSTANCE_PROFILE = (
    causes.NO_INSTANCE_PROFILE,
    "Likely cause: no instance profile, and Default Host Management Configuration is off, so the agent has "
    "no permissions",
)
AGENT_TOO_OLD = (
    causes.AGENT_TOO_OLD,
    f"Likely cause: no instance profile, and an SSM Agent older than {written(HOST_MANAGEMENT_SINCE)}, too "
    "old for Default Host Management Configuration",
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
        cause, words = _plain(agent)
    elif last and was_registered(last.annotation):
        cause = causes.NO_LONGER_REGISTERED
        words = "No longer registered with Systems Manager: its record of the SSM Agent is gone"
        if last_ping := last_ping_of(last.annotation):
            words += f"; last ping {utc(last_ping)}"
    else:
        cause, words = causes.NEVER_REGISTERED, "Never registered with Systems Manager"
        if details:
            words += f" since its launch at {utc(details.launched)}"
        if not likeliest:
            words += ": it has no record of an SSM Agent on this running instance"
    return reason(likeliest[0], f"{likeliest[1]}; {words}") if likeliest else reason(cause, words)


def silenced(until: datetime) -> Reason:
    """Why an instance is left out until a time."""
    return reason("silenced", f"Silenced until {utc(until)}")


def _plain(agent: UnresponsiveAgent) -> tuple[str, str]:
    """Code and words for what Systems Manager says, without a likely cause."""
    facts = [f"Ping status {agent.ping_status}"]
    facts.append(f"last ping {utc(agent.last_ping)}" if agent.last_ping else "no ping on record")
    if agent.version:
        facts.append(f"SSM Agent {agent.version}")
    if agent.platform:
        facts.append(agent.platform)
    return PING_STATUSES.get(agent.ping_status, causes.NOT_ONLINE), "; ".join(facts)


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
    version = version_of(agent.version) if agent else None
    return AGENT_TOO_OLD if version and version < HOST_MANAGEMENT_SINCE else None
