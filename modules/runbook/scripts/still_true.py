"""Is it still true? Machines that are lost no more are left out; of the others EC2 is asked for more."""

from __future__ import annotations

from calls import client
from machines import UNKNOWN, Machine, is_node, tried


def why_left_out(machine: Machine) -> str:
    """Why nobody needs to hear of a machine that was lost; empty: it is still so."""
    if machine["Change"] != "Lost":
        return ""
    if machine["PingStatus"] == "Online":
        return "its SSM Agent answers again"
    if is_node(machine):
        return "it is no longer registered" if machine["PingStatus"] == "NotRegistered" else ""
    if machine["LifeCycle"].startswith("Terminating"):
        return f"the Auto Scaling group {machine['AutoScalingGroup']} is replacing it"
    return "" if machine["InstanceState"] in ("running", UNKNOWN) else f"it is {machine['InstanceState']}"


def look_closer(machines: list[Machine]) -> list[str]:
    """Add what only matters of instances that are still lost; returns what could not be read."""
    instances = [machine for machine in machines if machine["Change"] == "Lost" and not is_node(machine)]
    lost = [machine for machine in instances if not why_left_out(machine)]
    members = [machine for machine in lost if machine["AutoScalingGroup"]]
    problems = [
        tried("its status checks", lost, _add_status_checks),
        tried("what its Auto Scaling group does with it", members, _add_life_cycles),
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
