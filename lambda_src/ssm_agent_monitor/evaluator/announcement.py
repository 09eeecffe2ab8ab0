"""The event that announces a run's changes: which machines were lost or are back. Pure: no call, no clock.

Messages are made of it, so it holds all that they say but for what is looked up again before they are sent.
However many machines there are, it stays far below the 256 KB that EventBridge takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from ssm_agent_monitor.shared.annotation import cause_of
from ssm_agent_monitor.shared.causes import CAUSES, UNKNOWN
from ssm_agent_monitor.shared.event_lines import ChangeType, MachineLine, TotalLine
from ssm_agent_monitor.shared.times import utc

VERSION = "1"

MACHINES = 50
"""The most that are named; one call of EC2 and one of Systems Manager look as many up."""

KEPT_FOR_RECOVERED = 10
"""So many of these places are for machines that are back, however many were lost."""

ByCause = Mapping[str, Sequence[MachineLine]]


def detail(
    lost: Sequence[MachineLine], recovered: Sequence[MachineLine], rule_name: str, triggered_at: datetime
) -> dict[str, Any]:
    """The event's `detail`, as docs/operations.md describes it."""
    lost_by_cause, recovered_by_cause = _by_cause(lost), _by_cause(recovered)
    named_lost = _named(lost_by_cause, MACHINES - min(len(recovered), KEPT_FOR_RECOVERED))
    named_recovered = _named(recovered_by_cause, MACHINES - len(named_lost))
    return {
        "version": VERSION,
        "ruleName": rule_name,
        "detectedAt": utc(triggered_at),
        "change": (ChangeType.LOST if lost else ChangeType.RECOVERED).value,
        "totals": [
            str(TotalLine(lines[0].change, cause, len(lines)))
            for cause, lines in (*lost_by_cause.items(), *recovered_by_cause.items())
        ],
        "machines": [str(line) for line in (*named_lost, *named_recovered)],
        "instanceIds": [line.machine_id for line in named_lost],
    }


def _by_cause(lines: Iterable[MachineLine]) -> ByCause:
    """The machines by cause, the most frequent first."""
    groups: defaultdict[str, list[MachineLine]] = defaultdict(list)
    for line in lines:
        cause = cause_of(line.annotation)
        groups[cause if cause in CAUSES else UNKNOWN].append(line)
    return dict(sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])))


def _named(groups: ByCause, room: int) -> list[MachineLine]:
    """As many as there is room for, in the order of the groups, which take turns so that each is seen."""
    turns = [
        (number, line) for turn in zip_longest(*groups.values()) for number, line in enumerate(turn) if line
    ]
    return [line for _, line in sorted(turns[:room], key=itemgetter(0))]
