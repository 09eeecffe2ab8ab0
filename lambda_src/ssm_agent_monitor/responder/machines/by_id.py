"""What EC2 and Systems Manager say of machines, by their ids: one call of each API tells of up to 50."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar, cast

from ssm_agent_monitor.responder.machines.agent import UNKNOWN, Agent, agent_of
from ssm_agent_monitor.responder.machines.instance import Instance, instance_of
from ssm_agent_monitor.responder.machines.machine import Machine, ids_of
from ssm_agent_monitor.responder.reading import Reader, UnreadableError, texts_of
from ssm_agent_monitor.shared.machine_ids import is_hybrid_node

T = TypeVar("T")


def look_up(reader: Reader, machines: Iterable[Machine]) -> tuple[list[Machine], list[str]]:
    """The machines with what both services say of them now; and what could not be read.

    Both are asked at the same time. Hybrid nodes are not in EC2.
    """
    asked = list(machines)
    ids = ids_of(asked)
    calls: dict[str, Callable[[], object]] = {
        "EC2 instances": lambda: read_instances(reader, [each for each in ids if not is_hybrid_node(each)]),
        "SSM Agents": lambda: read_agents(reader, ids),
    }
    found = reader.read_all(calls)
    instances = cast("Mapping[str, Instance] | UnreadableError", found["EC2 instances"])
    agents = cast("Mapping[str, Agent] | UnreadableError", found["SSM Agents"])
    seen = []
    for each in asked:
        if each.id != UNKNOWN:
            instance = None if each.is_node else _one(instances, each.id)
            each = replace(each, instance=instance, agent=_one(agents, each.id))
        seen.append(each)
    return seen, texts_of(found.values())


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


def _one(answers: Mapping[str, T] | UnreadableError, machine_id: str) -> T | UnreadableError | None:
    return answers if isinstance(answers, UnreadableError) else answers.get(machine_id)
