"""The lines of the event that announces a run's changes: all that write or read one do it here.

The input transformer of modules/event-rule makes the same lines of AWS Config's own events (a test compares).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from ssm_agent_monitor.shared.annotation import plain

LINE_CHARACTERS = 512
"""The most that Automation takes in one string of a parameter."""


class ChangeType(StrEnum):
    """What people are told of."""

    LOST = "Lost"
    RECOVERED = "Recovered"


@dataclass(frozen=True, slots=True)
class MachineLine:
    """A machine that was lost or is back.

    `replaced` is the compliance type and the time of the result that was replaced, empty if there was none.
    `annotation` is that of the new result of a machine that was lost, and of the old one of one that is back.
    """

    change: ChangeType
    machine_id: str
    replaced: str
    annotation: str

    def __str__(self) -> str:
        text = f"{self.change} | {self.machine_id} | {self.replaced} | {plain(self.annotation)}"
        return text[:LINE_CHARACTERS]


@dataclass(frozen=True, slots=True)
class TotalLine:
    """How many machines of one cause code were lost or are back."""

    change: ChangeType
    cause: str
    count: int

    def __str__(self) -> str:
        return f"{self.change} | {self.cause} | {self.count}"


def read_machine(line: str) -> MachineLine:
    """A machine's line. Config leaves fields out now and then, so any part may be missing.

    What is no recovery counts as lost: an alert too many is better than one too few.
    """
    change, machine_id, replaced, annotation = (part.strip() for part in f"{line}|||".split("|", 3))
    is_back = change == ChangeType.RECOVERED
    known = ChangeType.RECOVERED if is_back else ChangeType.LOST
    return MachineLine(known, machine_id, replaced, annotation.rstrip("| "))


def read_total(line: str) -> TotalLine | None:
    """A total's line; None if it has another form."""
    found = re.fullmatch(r"(Lost|Recovered) \| ([a-z-]+) \| (\d{1,7})", line)
    return TotalLine(ChangeType(found[1]), found[2], int(found[3])) if found else None
