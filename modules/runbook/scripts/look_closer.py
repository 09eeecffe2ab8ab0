"""What only matters of instances that are still lost: status checks, and what Auto Scaling does with them."""

from __future__ import annotations

from calls import client
from machines import Machine, tried
from still_true import why_left_out


def look_closer(machines: list[Machine]) -> list[str]:
    """Add what only matters of instances that are still lost; returns what could not be read.

    Status checks are for the message about a single machine: of several, EC2 is asked once only.
    """
    running = [machine for machine in machines if machine["InstanceState"] == "running"]
    lost = [machine for machine in running if machine["Change"] == "Lost" and not why_left_out(machine)]
    members = [machine for machine in lost if machine["AutoScalingGroup"]]
    problems = [
        tried("status checks", lost if len(machines) == 1 else [], _add_status_checks),
        tried("the life cycle in Auto Scaling groups", members, _add_life_cycles),
    ]
    return [problem for problem in problems if problem]


def _add_status_checks(machines: list[Machine]) -> None:
    pages = client("ec2").get_paginator("describe_instance_status")
    found = {
        status["InstanceId"]: status
        for page in pages.paginate(InstanceIds=[machine["Id"] for machine in machines])
        for status in page["InstanceStatuses"]
    }
    checks = {"system": "SystemStatus", "instance": "InstanceStatus", "EBS": "AttachedEbsStatus"}
    for machine in machines:
        status = found.get(machine["Id"], {})
        machine["StatusChecks"] = ", ".join(
            f"{name} {status[key]['Status']}" for name, key in checks.items() if key in status
        )


def _add_life_cycles(machines: list[Machine]) -> None:
    """A group that replaces an instance may keep it running for as long as its lifecycle hooks take."""
    ids = [machine["Id"] for machine in machines]
    pages = client("autoscaling").get_paginator("describe_auto_scaling_instances").paginate(InstanceIds=ids)
    found = {
        instance["InstanceId"]: instance["LifecycleState"]
        for page in pages
        for instance in page["AutoScalingInstances"]
    }
    for machine in machines:
        machine["LifeCycle"] = found.get(machine["Id"], "")
