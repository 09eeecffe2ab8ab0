"""What only matters of instances that are still lost: status checks, and what Auto Scaling does with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ssm_agent_monitor.responder.machines.machine import Machine, ids_of
from ssm_agent_monitor.responder.reading import Reader, UnreadableError, texts_of

STATUS_CHECKS = "status checks"
LIFE_CYCLES = "the life cycle in Auto Scaling groups"
CHECKS = {"system": "SystemStatus", "instance": "InstanceStatus", "EBS": "AttachedEbsStatus"}
"""By what EC2 looks at; it says nothing of EBS where it doesn't look at it."""


def look_closer(reader: Reader, machines: list[Machine]) -> tuple[list[Machine], list[str]]:
    """The machines with what only matters of instances that are still lost; and what could not be read.

    Status checks are for the message about a single machine: of several, EC2 is asked once only.
    """
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
    return seen, texts_of(answers.values())


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


def _life_cycles(reader: Reader, ids: list[str]) -> dict[str, str]:
    """The state by id. A group that replaces an instance may keep it for as long as its hooks take."""
    operation, key = "describe_auto_scaling_instances", "AutoScalingInstances"
    found = reader.all_pages(LIFE_CYCLES, "autoscaling", operation, key, InstanceIds=ids)
    return {each["InstanceId"]: each["LifecycleState"] for each in found}
