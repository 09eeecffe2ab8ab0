"""Which of the machines that were lost still are, with all that EC2 and Systems Manager say of them."""

from __future__ import annotations

from typing import Any

from by_id import agents_by_id, instances_by_id
from reading import Unreadable, read

LostMachine = dict[str, Any]
"""`Id`; `Instance`, as DescribeInstances has it: `{}` for a hybrid node, or an Unreadable; `Agent`, as
DescribeInstanceInformation has it: `{}` if it is not registered, or an Unreadable."""


def still_lost(lines: list[str]) -> list[LostMachine]:
    """Those of which the lines of the parameter `Machines` (change, id, and more) are still true.

    What could not be read counts as the event says.
    """
    parts = [[part.strip() for part in line.split("|")] for line in lines]
    ids = [each[1] for each in parts if each[0] == "Lost" and len(each) > 1]
    in_ec2 = [each for each in ids if not each.startswith("mi-")]
    instances = read("EC2 instances", lambda: instances_by_id(in_ec2)) if in_ec2 else {}
    agents = read("SSM Agents", lambda: agents_by_id(ids)) if ids else {}
    machines = [{"Id": each, "Instance": _of(each, instances), "Agent": _of(each, agents)} for each in ids]
    return [machine for machine in machines if _is_lost(machine)]


def _of(machine_id: str, found: Any) -> Any:
    return found if isinstance(found, Unreadable) else found.get(machine_id, {})


def _is_lost(machine: LostMachine) -> bool:
    """A node that is no longer registered, and an instance that is no longer there, are not."""
    instance, agent = machine["Instance"], machine["Agent"]
    if not isinstance(agent, Unreadable) and agent.get("PingStatus") == "Online":
        return False
    if machine["Id"].startswith("mi-"):
        return bool(agent)
    return isinstance(instance, Unreadable) or instance.get("State", {}).get("Name") == "running"
