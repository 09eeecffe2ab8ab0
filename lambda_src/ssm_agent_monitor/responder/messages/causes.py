"""The causes that an annotation may name, in words."""

from __future__ import annotations

from ssm_agent_monitor.responder.machines.machines import Machine

# By cause code: in words, and in words after a number of machines.
CAUSES = {
    "metadata-disabled": ("instance metadata disabled", "with instance metadata disabled"),
    "no-instance-profile": ("no instance profile", "without an instance profile"),
    "agent-too-old": ("SSM Agent too old", "with an SSM Agent that is too old"),
    "connection-lost": ("lost connection", "lost connection"),
    "inactive": ("inactive", "inactive"),
    "not-online": ("not online", "not online"),
    "never-registered": ("never registered", "never registered"),
    "no-longer-registered": ("no longer registered", "no longer registered"),
}


def cause_of(machine: Machine) -> str:
    """The likely cause that the diagnosis found, else that of the event, in words; empty if there is none."""
    return machine["Likely"] or CAUSES.get(machine["Cause"], ("",))[0]
