"""A machine that may be repaired, for tests that change one thing about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ssm_agent_monitor.responder.settings import RepairSettings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = "i-0123456789abcdef0"
REPAIRED_AT = "agents:repaired-at"
SETTINGS = RepairSettings(
    tag_key="Repair",
    tag_value="yes",
    instance_profile="agents",
    reboot=True,
    max_concurrent=5,
    cooldown_hours=24,
    repaired_at_tag=REPAIRED_AT,
    document="agents-repair",
    needs_approval=False,
)


def instance(tags: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """An instance that runs for a day, with the tag that allows its repair, and others."""
    return {
        "InstanceId": ID,
        "State": {"Name": "running"},
        "LaunchTime": NOW - timedelta(days=1),
        "Tags": [
            {"Key": key, "Value": value} for key, value in ({"Repair": "yes"} | (tags or {})).items() if value
        ],
        **more,
    }


def statuses(**more: str) -> list[dict[str, Any]]:
    """The answer of the status checks, all ok but those given."""
    states = {"SystemStatus": "ok", "InstanceStatus": "ok", **more}
    return [{name: {"Status": state} for name, state in states.items()}]


def to_attach(**more: Any) -> dict[str, Any]:
    """The facts of a machine that may get the profile."""
    return {
        "Id": ID,
        "Now": NOW,
        "Instance": instance(),
        "Agent": {"PingStatus": "ConnectionLost", "LastPingDateTime": NOW - timedelta(hours=2)},
        "Statuses": statuses(),
        "Associations": [],
        "Members": [],
        "HostManagement": {},
        "Findings": [],
        "Ahead": 0,
        **more,
    }


def to_reboot(**more: Any) -> dict[str, Any]:
    """The facts of a machine that may be rebooted."""
    return to_attach(**{"Associations": [{"State": "associated"}], **more})
