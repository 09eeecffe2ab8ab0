"""The machines that a step of the diagnosis looks at: the first 10 that are lost, and still are."""

from __future__ import annotations

from typing import Any

from calls import client
from machines import UNKNOWN, Machine, look_up_all, machines_of
from reading import Unreadable, pages_of, read
from still_true import why_left_out

MOST_MACHINES = 10

Subject = dict[str, Any]
"""`Id`; `Machine`, as in machines.py; `Instance`, as DescribeInstances has it: `{}` for a hybrid node, or an
Unreadable."""


def subjects_of(lines: list[str]) -> list[Subject]:
    """The machines to look at, from the lines of the parameter `Machines`."""
    machines = [
        machine for machine in machines_of(lines) if machine["Id"] != UNKNOWN and machine["Change"] == "Lost"
    ]
    look_up_all(machines, [])
    lost = [machine for machine in machines if not why_left_out(machine)][:MOST_MACHINES]
    ids = [machine["Id"] for machine in lost if machine["Id"].startswith("i-")]
    found = read("the instances", lambda: _instances(ids)) if ids else {}
    return [{"Id": each["Id"], "Machine": each, "Instance": _instance_of(each, found)} for each in lost]


def _instances(ids: list[str]) -> dict[str, Any]:
    filters = [{"Name": "instance-id", "Values": ids}]
    pages = pages_of(client("ec2"), "describe_instances", Filters=filters)
    reservations = [each for page in pages for each in page["Reservations"]]
    return {each["InstanceId"]: each for group in reservations for each in group["Instances"]}


def _instance_of(machine: Machine, found: Any) -> Any:
    if not machine["Id"].startswith("i-"):
        return {}
    if isinstance(found, Unreadable):
        return found
    return found.get(machine["Id"], Unreadable("EC2 does not show the instance"))
