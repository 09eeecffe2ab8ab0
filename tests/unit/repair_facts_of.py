"""A machine that may be repaired, for tests that change one thing about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ssm_agent_monitor.responder.diagnosis.facts.identity import HostManagement
from ssm_agent_monitor.responder.machines.agent import Agent
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.repair.repair_facts import RepairFacts
from ssm_agent_monitor.responder.settings import RepairSettings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = "i-0123456789abcdef0"
REPAIRED_AT = "agents:repaired-at"
SETTINGS = RepairSettings(
    tag_key="Repair",
    tag_value="yes",
    actions=("attach", "reboot"),
    instance_profile="agents",
    max_concurrent=5,
    cooldown_hours=24,
    repaired_at_tag=REPAIRED_AT,
    document="agents-repair",
    needs_approval=False,
)


def instance(tags: dict[str, str] | None = None, **changes: Any) -> Instance:
    """An instance that runs for a day, with the tag that allows its repair, and others."""
    found = Instance(ID, "running", {"Repair": "yes"} | (tags or {}), launched=NOW - timedelta(days=1))
    return replace(found, **changes)


def agent(minutes: int, ping_status: str = "ConnectionLost") -> Agent:
    """An agent whose last ping is so long ago."""
    return Agent(ID, ping_status, NOW - timedelta(minutes=minutes))


def checks(**changes: str) -> dict[str, str]:
    """Status checks, all ok but those given."""
    return {"system": "ok", "instance": "ok", "EBS": "not-applicable", **changes}


def to_attach(**changes: Any) -> RepairFacts:
    """The facts of a machine that may get the profile."""
    found = RepairFacts(
        now=NOW,
        findings=(),
        planned="",
        instance=instance(),
        agent=agent(120),
        status_checks=checks(),
        is_associated=False,
        membership=None,
        host_management=HostManagement(),
        ahead=0,
    )
    return replace(found, **changes)


def to_reboot(**changes: Any) -> RepairFacts:
    """The facts of a machine that may be rebooted."""
    return to_attach(**{"is_associated": True, **changes})
