"""The machines of an execution: what the event says of them, and what EC2 and Systems Manager say now.

A machine is a dictionary (of texts; `Tags` are texts by tag key, `Diagnosis` is a group of
diagnosis/summary.py), since Automation gives scripts no module of
their own in which a class could be looked up. `Id`, `Change` (`Lost` or `Recovered`), `Result` (type and time
of the result that was replaced) and `Annotation` come from the event, `Cause` is the code in which the
annotation ends, `Words` the annotation without it; then what was looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from by_id import agents_by_id, instances_by_id
from details import GONE, NONE, NOT_REGISTERED, UNKNOWN, agent_facts, instance_facts

NOT_LOOKED_UP = {
    "InstanceName": UNKNOWN,
    "InstanceState": UNKNOWN,
    "StatusChecks": "",
    "PingStatus": UNKNOWN,
    "LastPing": NONE,
    "AgentVersion": UNKNOWN,
    "Platform": UNKNOWN,
    "Network": "",
    "AutoScalingGroup": "",
    "LifeCycle": "",
    "Likely": "",
    "Diagnosis": {},
}

Machine = dict[str, Any]


def machines_of(lines: list[str]) -> list[Machine]:
    """Read the lines of the parameter `Machines`: change, id, type and time of the old result, annotation.

    The annotation is that of the new result of a machine that was lost, and of the old one of a machine that
    came back. Config leaves fields out now and then, so any part may be missing. What is no recovery counts
    as lost: an alert too many is better than one too few.
    """
    machines: list[Machine] = []
    for line in lines:
        change, machine_id, result, annotation = (part.strip() for part in f"{line}|||".split("|", 3))
        annotation = annotation.rstrip("| ")
        code = re.search(r" ?\[([a-z-]+)\]$", annotation)
        words = annotation[: code.start()] if code else annotation
        machines.append(
            {
                **NOT_LOOKED_UP,
                "Id": machine_id if re.fullmatch(r"m?i-[0-9A-Za-z_]+", machine_id) else UNKNOWN,
                "Change": "Recovered" if change == "Recovered" else "Lost",
                "Result": result,
                "Tags": {},
                "Annotation": annotation,
                "Cause": code[1] if code else "",
                "Words": words,
            }
        )
    return machines


def is_node(machine: Machine) -> bool:
    """Whether the machine is a hybrid node, outside EC2."""
    return bool(machine["Id"].startswith("mi-"))


def look_up_all(machines: list[Machine], tag_keys: list[str]) -> list[str]:
    """Add to each machine what EC2 and Systems Manager say now; returns what could not be read.

    One call of each API tells of up to 50 machines. `tag_keys` are the tags to show.
    """
    with_id = [machine for machine in machines if machine["Id"] != UNKNOWN]
    instances = [machine for machine in with_id if not is_node(machine)]
    problems = [
        tried("EC2 instances", instances, lambda some: _add_instances(some, tag_keys)),
        tried("SSM Agents", with_id, _add_agents),
    ]
    return [problem for problem in problems if problem]


def tried(what: str, machines: list[Machine], look_up: Callable[[list[Machine]], None]) -> str:
    """Look machines up; returns what is wrong if that fails."""
    try:
        if machines:
            look_up(machines)
    except (BotoCoreError, ClientError) as error:
        return f"{what} could not be looked up: {error}"
    return ""


def _add_instances(machines: list[Machine], tag_keys: list[str]) -> None:
    found = instances_by_id([machine["Id"] for machine in machines])
    for machine in machines:
        machine.update(instance_facts(found[machine["Id"]], tag_keys) if machine["Id"] in found else GONE)


def _add_agents(machines: list[Machine]) -> None:
    found = agents_by_id([machine["Id"] for machine in machines])
    for machine in machines:
        machine.update(agent_facts(found[machine["Id"]]) if machine["Id"] in found else NOT_REGISTERED)
