"""The machines of an execution: what the event says of them, and what EC2 and Systems Manager say now.

A machine is a dictionary of texts; `Tags` are texts by tag key, `Diagnosis` is a group of
diagnosis/summary.py. `Id`, `Change` (`Lost` or `Recovered`), `Result` (type and time of the result that was
replaced) and `Annotation` come from the event, `Cause` is the code in which the annotation ends, `Words` the
annotation without it; then what was looked up.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from ssm_agent_monitor.responder.machines.by_id import LookedUp
from ssm_agent_monitor.responder.machines.details import (
    GONE,
    NONE,
    NOT_REGISTERED,
    UNKNOWN,
    agent_facts,
    instance_facts,
)
from ssm_agent_monitor.responder.reading import Unreadable

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


def machines_of(lines: Iterable[str]) -> list[Machine]:
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
                "Id": machine_id if re.fullmatch(r"m?i-[0-9A-Za-z_]{1,64}", machine_id) else UNKNOWN,
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


def ids_of(machines: list[Machine]) -> list[str]:
    """The ids to look up, each once."""
    return list(dict.fromkeys(machine["Id"] for machine in machines if machine["Id"] != UNKNOWN))


def add_facts(machines: list[Machine], found: LookedUp, tag_keys: Collection[str]) -> None:
    """Add to each machine what EC2 and Systems Manager say now; `tag_keys` are the tags to show.

    An answer that could not be read leaves what it would say unknown.
    """
    for machine in machines:
        machine_id = machine["Id"]
        if machine_id == UNKNOWN:
            continue
        if not is_node(machine) and not isinstance(found.instances, Unreadable):
            instance = found.instances.get(machine_id)
            machine.update(instance_facts(instance, tag_keys) if instance else GONE)
        if not isinstance(found.agents, Unreadable):
            agent = found.agents.get(machine_id)
            machine.update(agent_facts(agent) if agent else NOT_REGISTERED)
