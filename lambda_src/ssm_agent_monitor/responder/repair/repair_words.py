"""A repair in words."""

from __future__ import annotations

from ssm_agent_monitor.responder.settings import RepairSettings


def repair_in_words(action: str, settings: RepairSettings) -> str:
    """`attach the instance profile NAME`, or `reboot the machine`."""
    profile = f"attach the instance profile {settings.instance_profile}"
    return profile if action == "attach" else "reboot the machine"
