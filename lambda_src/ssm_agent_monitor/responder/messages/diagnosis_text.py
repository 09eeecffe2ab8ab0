"""The words in which a message tells what the diagnosis found."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.machines.machines import Machine

ON_THE_MACHINE = "on the machine: whether SSM Agent runs, its firewall, proxy, DNS, clock and TLS inspection"
NOTHING = "Nothing that can be seen from outside the machine is known to be broken."


def likely_cause_of(machine: Machine) -> str:
    """What is broken first, and what mends it, in lines; empty if nothing is known to be broken."""
    group = machine["Diagnosis"]
    for first in group.get("Broken", [])[:1]:
        is_for_one = len(group["Ids"]) > 1 and any(each in first["Command"] for each in group["Ids"])
        lines = [f"  {first['Found']}.", f"  {first['Do']}", f"    {first['Command']}"]
        each = ["  The same for each machine; this is for the first."] if is_for_one else []
        return "".join(f"{line}\n" for line in [*lines, *each] if line.strip())
    return "".join(f"  {first}.\n  Undo it, if it was not meant.\n" for first in group.get("Changed", [])[:1])


def findings_of(machine: Machine, command: str) -> dict[str, list[str]]:
    """The rest of what was found, as lines by title; nothing if the diagnosis did not look at the machine.

    `command` is what to run on the machine.
    """
    group = machine["Diagnosis"]
    if not group:
        return {}
    also = [f"{each['Found']}. {each['Do']} {each['Command']}".strip() for each in group["Broken"][1:]]
    unseen = [*group["NotLookedAt"], ON_THE_MACHINE]
    fine = [f"Fine: {', '.join(group['Fine'])}"] if group["Fine"] else []
    further = [f"To look on the machine, log in and run: {command}"] if group["Check"] else [NOTHING]
    plan = group.get("Repair")
    return {
        "Repair": [plan["Text"], *(f"Held back: {why}." for why in plan["HeldBack"])] if plan else [],
        "What changed before the last ping": group["Changed"] if group["Broken"] else group["Changed"][1:],
        "Also broken": also,
        "Could not be checked": group["CouldNotCheck"],
        "Looked at": [*fine, f"Not looked at: {', '.join(unseen)}", *further],
    }


def is_diagnosed(machine: Machine) -> bool:
    """Whether anything could be found out about it from outside."""
    group = machine["Diagnosis"]
    return bool(group and (group["Broken"] or group["Fine"]))


def diagnosis_facts(machine: Machine) -> dict[str, list[Any]]:
    """What machines that read get of it."""
    group = machine["Diagnosis"] or {"Broken": [], "Changed": [], "CouldNotCheck": []}
    names = ("Check", "Found", "Do", "Command")
    return {
        "findings": [{name.lower(): each[name] for name in names} for each in group["Broken"]],
        "changes": group["Changed"],
        "could_not_check": group["CouldNotCheck"],
    }
