"""What AWS says of machines now, by their ids: one call of each API tells of up to 50."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ssm_agent_monitor.responder.machines.agent import UNKNOWN, Agent, agent_of
from ssm_agent_monitor.responder.machines.instance import Instance, Membership, instance_of
from ssm_agent_monitor.responder.machines.machine import Machine, ids_of
from ssm_agent_monitor.responder.reading import Reader, UnreadableError, texts_of
from ssm_agent_monitor.shared.machine_ids import is_hybrid_node

STATUS_CHECKS = "status checks"
LIFE_CYCLES = "the life cycle in Auto Scaling groups"
CHECKS = {"system": "SystemStatus", "instance": "InstanceStatus", "EBS": "AttachedEbsStatus"}
"""By what EC2 looks at; it says nothing of EBS where it doesn't look at it."""


def look_up(reader: Reader, asked: list[Machine]) -> tuple[list[Machine], list[str]]:
    """The machines with what both services say of them now; and what could not be read.

    Both are asked at the same time. Hybrid nodes are not in EC2.
    """
    ids = ids_of(asked)
    calls: dict[str, Callable[[], object]] = {
        "EC2 instances": lambda: read_instances(reader, [each for each in ids if not is_hybrid_node(each)]),
        "SSM Agents": lambda: read_agents(reader, ids),
    }
    found: dict[str, Any] = reader.read_all(calls)
    instances, agents = found.values()
    seen = []
    for each in asked:
        if each.id != UNKNOWN:
            instance = None if each.is_node else _one(instances, each.id)
            each = replace(each, instance=instance, agent=_one(agents, each.id))
        seen.append(each)
    return seen, texts_of(found.values())


def look_closer(reader: Reader, asked: list[Machine]) -> tuple[list[Machine], list[str]]:
    """As `look_up`, with status checks and life cycles of instances that are still lost.

    Status checks are for the message about a single machine: of several, EC2 is asked once only.
    """
    machines, unread = look_up(reader, asked)
    lost = [
        each for each in machines if each.is_lost and each.state == "running" and not each.why_nobody_is_told
    ]
    members = [each for each in lost if each.auto_scaling_group]
    calls: dict[str, Callable[[], dict[str, str]]] = {}
    if lost and len(machines) == 1:
        calls[STATUS_CHECKS] = partial(_status_checks, reader, ids_of(lost))
    if members:
        calls[LIFE_CYCLES] = partial(_life_cycles, reader, ids_of(members))
    answers = reader.read_all(calls)
    found = {what: each for what, each in answers.items() if not isinstance(each, UnreadableError)}
    checks, states = found.get(STATUS_CHECKS, {}), found.get(LIFE_CYCLES, {})
    seen = [
        replace(each, status_checks=checks.get(each.id, ""), life_cycle=states.get(each.id, ""))
        for each in machines
    ]
    return seen, unread + texts_of(answers.values())


def _status_checks(reader: Reader, ids: list[str]) -> dict[str, str]:
    """In one text, by id."""
    operation, key = "describe_instance_status", "InstanceStatuses"
    found = reader.all_pages(STATUS_CHECKS, "ec2", operation, key, InstanceIds=ids)
    return {
        item["InstanceId"]: ", ".join(
            f"{name} {item[field]['Status']}" for name, field in CHECKS.items() if field in item
        )
        for item in found
    }


def read_instances(reader: Reader, ids: list[str]) -> dict[str, Instance]:
    """EC2's instances by id. By a filter, since EC2 refuses a call that names an id it no longer knows."""
    what, filters = "EC2 instances", [{"Name": "instance-id", "Values": ids}]

    def call() -> dict[str, Instance]:
        found = reader.all_pages(what, "ec2", "describe_instances", "Reservations", Filters=filters)
        return {each["InstanceId"]: instance_of(each) for item in found for each in item["Instances"]}

    return reader.read(what, call) if ids else {}


def read_agents(reader: Reader, ids: list[str]) -> dict[str, Agent]:
    """Systems Manager's records of SSM Agents by id."""
    what, filters = "SSM Agents", [{"Key": "InstanceIds", "Values": ids}]
    operation, key = "describe_instance_information", "InstanceInformationList"

    def call() -> dict[str, Agent]:
        found = reader.all_pages(what, "ssm", operation, key, Filters=filters, MaxResults=50)
        return {each["InstanceId"]: agent_of(each) for each in found}

    return reader.read(what, call) if ids else {}


def _life_cycles(reader: Reader, ids: list[str]) -> dict[str, str]:
    return {each: member.life_cycle for each, member in read_memberships(reader, ids, LIFE_CYCLES).items()}


def read_memberships(reader: Reader, ids: list[str], what: str) -> dict[str, Membership]:
    """Those of members of Auto Scaling groups, by id.

    A group that replaces an instance may keep it for as long as its hooks take.
    """
    operation, key = "describe_auto_scaling_instances", "AutoScalingInstances"
    found = reader.all_pages(what, "autoscaling", operation, key, InstanceIds=ids)
    return {
        each["InstanceId"]: Membership(each["AutoScalingGroupName"], each["LifecycleState"]) for each in found
    }


def _one(answers: Mapping[str, Any] | UnreadableError, machine_id: str) -> Any:
    return answers if isinstance(answers, UnreadableError) else answers.get(machine_id)
