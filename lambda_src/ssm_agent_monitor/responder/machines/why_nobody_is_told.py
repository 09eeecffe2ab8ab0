"""Whether what the event says of a machine is still so: of one of which it isn't, nobody is told."""

from __future__ import annotations

from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.machine import NOT_REGISTERED, Machine

ONLINE = "Online"


def why_nobody_is_told(machine: Machine) -> str:
    """Why nobody needs to hear of it, from what was looked up; empty: what the event says is still so.

    What could not be looked up counts as the event says.
    """
    if not machine.is_lost:
        is_back = machine.ping_status in (ONLINE, UNKNOWN)
        return "" if is_back else f"its SSM Agent is not online any more, but {machine.ping_status}"
    if machine.ping_status == ONLINE:
        return "its SSM Agent answers again"
    if machine.is_node:
        return "it is no longer registered" if machine.ping_status == NOT_REGISTERED else ""
    if machine.life_cycle.startswith("Terminating"):
        return f"the Auto Scaling group {machine.auto_scaling_group} is replacing it"
    return "" if machine.state in ("running", UNKNOWN) else f"it is {machine.state}"
