"""How many machines were lost and came back, by cause, and such numbers in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.shared.causes import CAUSES
from ssm_agent_monitor.shared.event_lines import ChangeType, read_total

Totals = Counter[tuple[ChangeType, str]]
"""The number of machines by change, and by cause code or the words of a likely cause."""


def totals_of(machines: Iterable[Machine]) -> Totals:
    """The numbers of these machines, by cause code."""
    return Counter((machine.line.change, machine.cause or UNKNOWN) for machine in machines)


def totals_of_run(lines: Iterable[str], machines: list[Machine], reported: list[Machine]) -> Totals:
    """The numbers of all machines of a run, less those that its event names and the message leaves out.

    `lines` are the totals in the event. Lines of another form don't count, and no number is smaller than that
    of the `machines` that it names. `reported` are those of them that are not left out.
    """
    found = filter(None, map(read_total, lines))
    said: Totals = Counter({(total.change, total.cause): total.count for total in found})
    named = totals_of(machines)
    return (said | named) - (named - totals_of(reported))


def by_cause_in(totals: Totals, change: ChangeType) -> dict[str, int]:
    """The number of machines of one change by cause."""
    return {cause: count for (its_change, cause), count in totals.items() if its_change == change}


def in_order(counts: dict[str, int]) -> dict[str, int]:
    """The number of machines by cause, the most frequent first.

    Codes without words are counted together, under `unknown`, which is the last. A likely cause is in words.
    """
    known = {cause: count for cause, count in counts.items() if cause in CAUSES or " " in cause}
    ordered = dict(sorted(known.items(), key=lambda each: (-each[1], each[0])))
    unknown = sum(counts.values()) - sum(known.values())
    return ordered | ({UNKNOWN: unknown} if unknown else {})


def machines_in_words(count: int) -> str:
    """`1 machine`, `2,000 machines`."""
    return f"{count:,} machine{'' if count == 1 else 's'}"


def count_in_words(count: int, cause: str) -> str:
    """`9 without an instance profile`; a code without words is an unknown cause."""
    if cause in CAUSES:
        return f"{count:,} {CAUSES[cause].after_a_number}"
    return f"{count:,} with {cause}" if " " in cause else f"{count:,} of unknown cause"


def causes_in_words(ordered: dict[str, int]) -> str:
    """`9 without an instance profile, 3 lost connection`, from what `in_order` gives."""
    return ", ".join(count_in_words(count, cause) for cause, count in ordered.items())
