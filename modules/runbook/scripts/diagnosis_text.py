"""The words in which a message tells what the diagnosis found."""

from __future__ import annotations

from typing import Any

from machines import Machine

ON_THE_MACHINE = "on the machine: whether SSM Agent runs, its firewall, proxy, DNS, clock and TLS inspection"


def likely_cause_of(machine: Machine) -> str:
    """What is broken first, and what mends it, in lines; empty if nothing is known to be broken."""
    for first in machine["Diagnosis"].get("Broken", [])[:1]:
        do = f"  {first['Do']}\n    {first['Command']}\n" if first["Command"] else f"  {first['Do']}\n"
        return f"  {first['Found']}.\n{do if first['Do'] else ''}"
    return ""


def findings_of(machine: Machine) -> dict[str, list[str]]:
    """The rest of what was found, as lines by title; nothing if the diagnosis did not look at the machine."""
    group = machine["Diagnosis"]
    if not group:
        return {}
    also = [f"{each['Found']}. {each['Do']} {each['Command']}".strip() for each in group["Broken"][1:]]
    unseen = [*group["NotLookedAt"], ON_THE_MACHINE]
    fine = [f"Fine: {', '.join(group['Fine'])}."] if group["Fine"] else []
    return {
        "What changed before the last ping": group["Changed"],
        "Also broken": also,
        "Could not be checked": group["CouldNotCheck"],
        "Looked at": [*fine, f"Not looked at: {', '.join(unseen)}."],
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
