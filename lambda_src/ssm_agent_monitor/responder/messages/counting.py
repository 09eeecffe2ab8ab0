"""Machines grouped and counted by cause, and such numbers in words."""

from __future__ import annotations

from collections import Counter

from ssm_agent_monitor.responder.machines.details import UNKNOWN
from ssm_agent_monitor.responder.machines.machines import Machine
from ssm_agent_monitor.responder.messages.causes import CAUSES


def group_of(machine: Machine) -> str:
    """By what machines are grouped and counted: the diagnosis's words, else the event's code."""
    return machine["Likely"] or machine["Cause"] or UNKNOWN


def machines_in_words(count: int) -> str:
    """`1 machine`, `2,000 machines`."""
    return f"{count:,} machine{'' if count == 1 else 's'}"


def count_in_words(count: int, code: str) -> str:
    """`9 without an instance profile`; a code without words is an unknown cause; the diagnosis has words."""
    words = f"with {code}" if " " in code else "of unknown cause"
    return f"{count:,} {CAUSES.get(code, ('', words))[1]}"


def causes_in_words(counts: dict[str, int]) -> str:
    """`9 without an instance profile, 3 lost connection`, from the number of machines by cause code."""
    return ", ".join(count_in_words(count, code) for code, count in in_order(counts).items())


def in_order(counts: dict[str, int]) -> dict[str, int]:
    """The number of machines by cause code, the most frequent cause first.

    Codes without words are counted together, under `unknown`, which is the last.
    """
    known = {code: count for code, count in counts.items() if code in CAUSES or " " in code}
    ordered = dict(sorted(known.items(), key=lambda each: (-each[1], each[0])))
    unknown = sum(counts.values()) - sum(known.values())
    return ordered | ({UNKNOWN: unknown} if unknown else {})


def by_cause(machines: list[Machine]) -> dict[str, list[Machine]]:
    """Machines grouped by cause code, in the order and under the codes of `in_order`."""
    groups: dict[str, list[Machine]] = {code: [] for code in in_order(Counter(map(group_of, machines)))}
    for machine in machines:
        groups.get(group_of(machine), groups.get(UNKNOWN, [])).append(machine)
    return groups
