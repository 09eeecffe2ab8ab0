"""How many machines of a run were lost and came back, by cause; not all of them are named in its event."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from ssm_agent_monitor.responder.machines.details import UNKNOWN
from ssm_agent_monitor.responder.machines.machines import Machine

Totals = Counter[tuple[str, str]]
"""By change (`Lost` or `Recovered`) and cause code."""


def totals_of(lines: Iterable[str], machines: list[Machine], told: list[Machine]) -> Totals:
    """The numbers that the message tells: of all machines, less those that are named and left out of it.

    `lines` are the parameter `Totals`: change, cause code and number each. Lines of another form don't count,
    and no number is smaller than that of the machines named. `told` are those of `machines` that are not
    left out.
    """
    found = (re.fullmatch(r"(Lost|Recovered) \| ([a-z-]+) \| (\d{1,7})", line) for line in lines)
    said: Totals = Counter({(each[1], each[2]): int(each[3]) for each in found if each})
    named, left = _counted(machines), _counted(told)
    return (said | named) - (named - left)


def with_likely_causes(totals: Totals, machines: list[Machine]) -> Totals:
    """The numbers with the likely causes in the place of the codes, of machines whose cause was found."""
    diagnosed = [machine for machine in machines if machine["Likely"]]
    likely: Totals = Counter((machine["Change"], machine["Likely"]) for machine in diagnosed)
    return totals - _counted(diagnosed) + likely


def causes_in(totals: Totals, change: str) -> dict[str, int]:
    """The number of machines of one change by cause code."""
    return {cause: count for (its_change, cause), count in totals.items() if its_change == change}


def _counted(machines: list[Machine]) -> Totals:
    return Counter((machine["Change"], machine["Cause"] or UNKNOWN) for machine in machines)
