"""Is it still true? Machines of which it no longer is are left out of the message."""

from __future__ import annotations

from ssm_agent_monitor.responder.machines.details import UNKNOWN
from ssm_agent_monitor.responder.machines.machines import Machine, is_node


def why_left_out(machine: Machine) -> str:
    """Why nobody needs to hear of a machine, from what was looked up; empty: what the event says is still so.

    What could not be looked up counts as the event says.
    """
    if machine["Change"] == "Recovered":
        is_back = machine["PingStatus"] in ("Online", UNKNOWN)
        return "" if is_back else f"its SSM Agent is not online any more, but {machine['PingStatus']}"
    if machine["PingStatus"] == "Online":
        return "its SSM Agent answers again"
    if is_node(machine):
        return "it is no longer registered" if machine["PingStatus"] == "NotRegistered" else ""
    if machine["LifeCycle"].startswith("Terminating"):
        return f"the Auto Scaling group {machine['AutoScalingGroup']} is replacing it"
    return "" if machine["InstanceState"] in ("running", UNKNOWN) else f"it is {machine['InstanceState']}"
