"""How many machines of a run were lost or are back, by cause: an event does not name all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.shared.event_lines import ChangeType, read_total

Totals = Counter[tuple[ChangeType, str]]
"""The number of machines by change, and by cause code."""


def totals_of(machines: Iterable[Machine]) -> Totals:
    """The numbers of these machines."""
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
