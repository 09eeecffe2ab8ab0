"""The machines that a diagnosis looks at: the first 10 of those that are still lost."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from ssm_agent_monitor.responder.machines.by_id import LookedUp
from ssm_agent_monitor.responder.reading import Unreadable

MOST_MACHINES = 10

Subject = dict[str, Any]
"""`Id`; `Instance`, as DescribeInstances has it: `{}` for a hybrid node, or an Unreadable; `Agent`, as
DescribeInstanceInformation has it: `{}` if it is not registered, or an Unreadable; `Machine`: `PingStatus`,
`LastPing` (UTC) and `AgentVersion` of the agent. What isn't known of these is `unknown`; an agent that never
registered is `NotRegistered`, and has `none` of them."""


def still_lost(ids: list[str], found: LookedUp) -> list[str]:
    """Those machines that are lost; what could not be read counts as the event says."""
    return [each for each in ids if _is_lost(each, _of(each, found.instances), _of(each, found.agents))]


def subjects_of(ids: list[str], found: LookedUp) -> list[Subject]:
    """The machines to look at, with what was looked up of them."""
    return [subject_of(each, _of(each, found.instances), _of(each, found.agents)) for each in ids][
        :MOST_MACHINES
    ]


def subject_of(machine_id: str, instance: Any, agent: Any) -> Subject:
    """One machine to look at."""
    instance = {} if machine_id.startswith("mi-") else instance
    return {"Id": machine_id, "Instance": instance, "Agent": agent, "Machine": _facts(agent)}


def _of(machine_id: str, answers: Any) -> Any:
    return answers if isinstance(answers, Unreadable) else answers.get(machine_id, {})


def _is_lost(machine_id: str, instance: Any, agent: Any) -> bool:
    """A node that is no longer registered, and an instance that is no longer there, are not."""
    if not isinstance(agent, Unreadable) and agent.get("PingStatus") == "Online":
        return False
    if machine_id.startswith("mi-"):
        return isinstance(agent, Unreadable) or bool(agent)
    return isinstance(instance, Unreadable) or instance.get("State", {}).get("Name") == "running"


def _facts(agent: Any) -> dict[str, str]:
    if isinstance(agent, Unreadable):
        return dict.fromkeys(("PingStatus", "LastPing", "AgentVersion"), "unknown")
    last_ping = agent.get("LastPingDateTime")
    return {
        "PingStatus": agent.get("PingStatus", "unknown") if agent else "NotRegistered",
        "LastPing": last_ping.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if last_ping else "none",
        "AgentVersion": agent.get("AgentVersion") or ("unknown" if agent else "none"),
    }
