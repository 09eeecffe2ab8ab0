"""What only matters of instances that are still lost: status checks, and what Auto Scaling does with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ssm_agent_monitor.responder.machines.machines import Machine, ids_of
from ssm_agent_monitor.responder.machines.still_true import why_left_out
from ssm_agent_monitor.responder.reading import HALF, Reader, Unreadable, unless_late


def look_closer(reader: Reader, machines: list[Machine]) -> list[str]:
    """Add what only matters of instances that are still lost; returns what could not be read.

    Status checks are for the message about a single machine: of several, EC2 is asked once only.
    """
    running = [machine for machine in machines if machine["InstanceState"] == "running"]
    lost = [machine for machine in running if machine["Change"] == "Lost" and not why_left_out(machine)]
    members = [machine for machine in lost if machine["AutoScalingGroup"]]
    calls: dict[str, Callable[[], Any]] = {}
    if lost and len(machines) == 1:
        calls["status checks"] = partial(_status_checks, reader, ids_of(lost))
    if members:
        calls["the life cycle in Auto Scaling groups"] = partial(_life_cycles, reader, ids_of(members))
    found = {what: unless_late(what, answer) for what, answer in reader.side_by_side(calls, HALF).items()}
    for machine in machines:
        for answer in found.values():
            machine.update({} if isinstance(answer, Unreadable) else answer.get(machine["Id"], {}))
    return [str(each) for each in found.values() if isinstance(each, Unreadable)]


def _status_checks(reader: Reader, ids: list[str]) -> Any:
    """What is added to a machine, by its id; or an Unreadable."""
    answer = reader.all_pages(
        "status checks", "ec2", "describe_instance_status", "InstanceStatuses", InstanceIds=ids
    )
    checks = {"system": "SystemStatus", "instance": "InstanceStatus", "EBS": "AttachedEbsStatus"}
    if isinstance(answer, Unreadable):
        return answer
    return {
        status["InstanceId"]: {
            "StatusChecks": ", ".join(
                f"{name} {status[key]['Status']}" for name, key in checks.items() if key in status
            )
        }
        for status in answer
    }


def _life_cycles(reader: Reader, ids: list[str]) -> Any:
    """The same. A group that replaces an instance may keep it running for as long as its hooks take."""
    answer = reader.all_pages(
        "the life cycle in Auto Scaling groups",
        "autoscaling",
        "describe_auto_scaling_instances",
        "AutoScalingInstances",
        InstanceIds=ids,
    )
    if isinstance(answer, Unreadable):
        return answer
    return {instance["InstanceId"]: {"LifeCycle": instance["LifecycleState"]} for instance in answer}
