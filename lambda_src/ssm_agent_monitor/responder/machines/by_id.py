"""What EC2 and Systems Manager say of machines, by their ids: one call of each API tells of up to 50."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ssm_agent_monitor.responder.reading import HALF, Reader, Unreadable, unless_late


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Answers by id, each of which may be an Unreadable: what isn't in one is not known to the service.

    `instances` are as DescribeInstances has them, `agents` as DescribeInstanceInformation.
    """

    instances: dict[str, dict[str, Any]] | Unreadable
    agents: dict[str, dict[str, Any]] | Unreadable

    @property
    def problems(self) -> list[str]:
        """What could not be read."""
        return [str(each) for each in (self.instances, self.agents) if isinstance(each, Unreadable)]


def look_up(reader: Reader, ids: list[str]) -> LookedUp:
    """Ask both services at the same time; hybrid nodes are not in EC2."""
    in_ec2 = [each for each in ids if not each.startswith("mi-")]
    found = reader.side_by_side(
        {
            "EC2 instances": lambda: read_instances(reader, in_ec2),
            "SSM Agents": lambda: read_agents(reader, ids),
        },
        HALF,
    )
    return LookedUp(*(unless_late(what, answer) for what, answer in found.items()))


def read_instances(reader: Reader, ids: list[str]) -> Any:
    """EC2's instances by id, or an Unreadable.

    By a filter, since EC2 refuses a call that names an instance it no longer knows.
    """
    filters = [{"Name": "instance-id", "Values": ids}]
    found = (
        reader.all_pages("EC2 instances", "ec2", "describe_instances", "Reservations", Filters=filters)
        if ids
        else []
    )
    if isinstance(found, Unreadable):
        return found
    return {each["InstanceId"]: each for reservation in found for each in reservation["Instances"]}


def read_agents(reader: Reader, ids: list[str]) -> Any:
    """Systems Manager's records of SSM Agents by id, or an Unreadable."""
    filters = [{"Key": "InstanceIds", "Values": ids}]
    found = (
        reader.all_pages(
            "SSM Agents",
            "ssm",
            "describe_instance_information",
            "InstanceInformationList",
            Filters=filters,
            MaxResults=50,
        )
        if ids
        else []
    )
    return found if isinstance(found, Unreadable) else {each["InstanceId"]: each for each in found}
