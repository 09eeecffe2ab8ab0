"""What EC2, Auto Scaling and Systems Manager say of a machine that may be repaired, read anew each time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ssm_agent_monitor.responder.diagnosis.facts.host_setting import read_host_setting
from ssm_agent_monitor.responder.machines.by_id import read_agents, read_instances
from ssm_agent_monitor.responder.reading import Reader, Unreadable, unless_late
from ssm_agent_monitor.responder.repair.repair_decision import RepairFacts

WORDS = {
    "Instance": "EC2 instances",
    "Agent": "SSM Agents",
    "Statuses": "its status checks",
    "Associations": "its instance profile",
    "Members": "its Auto Scaling group",
    "HostManagement": "Default Host Management",
    "Ahead": "which repairs run",
}
"""What people are told of each fact that could not be read."""


def read_repair_facts(
    reader: Reader, machine_id: str, findings: Any, read_ahead: Callable[[], Any]
) -> RepairFacts:
    """The facts of an EC2 instance; `findings` are as the decision wants them, `read_ahead` reads `Ahead`."""
    ids = [machine_id]
    filters = [{"Name": "instance-id", "Values": ids}]
    read = reader.side_by_side(
        {
            "Instance": lambda: _one(read_instances(reader, ids), machine_id),
            "Agent": lambda: _one(read_agents(reader, ids), machine_id),
            "Statuses": partial(
                reader.all_pages,
                WORDS["Statuses"],
                "ec2",
                "describe_instance_status",
                "InstanceStatuses",
                InstanceIds=ids,
            ),
            "Associations": partial(
                reader.all_pages,
                WORDS["Associations"],
                "ec2",
                "describe_iam_instance_profile_associations",
                "IamInstanceProfileAssociations",
                Filters=filters,
            ),
            "Members": partial(
                reader.all_pages,
                WORDS["Members"],
                "autoscaling",
                "describe_auto_scaling_instances",
                "AutoScalingInstances",
                InstanceIds=ids,
            ),
            "HostManagement": lambda: read_host_setting(reader),
            "Ahead": read_ahead,
        }
    )
    named = {name: unless_late(WORDS[name], answer) for name, answer in read.items()}
    return {"Id": machine_id, "Now": reader.now, "Findings": findings, **named}


def _one(answers: Any, machine_id: str) -> Any:
    return answers if isinstance(answers, Unreadable) else answers.get(machine_id, {})
