"""Machines as a list: grouped by cause, each in a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.messages.counting import in_order, machines_in_words
from ssm_agent_monitor.responder.messages.report import NamedMachine, Report
from ssm_agent_monitor.responder.messages.wording import clean, tags_of, title_of

LINE_CHARACTERS = 500
NAME_CHARACTERS = 60
RULE_LISTS = ": see Rule, under LINKS"


def by_cause(machines: Iterable[NamedMachine]) -> dict[str, list[NamedMachine]]:
    """Machines grouped by cause, in the order and under the causes of `in_order`."""
    listed = list(machines)
    groups: dict[str, list[NamedMachine]] = {
        cause: [] for cause in in_order(Counter(each.group for each in listed))
    }
    for each in listed:
        groups.get(each.group, groups.get(UNKNOWN, [])).append(each)
    return groups


def machine_line(report: Report, named: NamedMachine, what: str) -> str:
    """A machine, and what is known about it; a name is shortened, so that the rest fits."""
    machine = named.machine
    title = title_of(machine, NAME_CHARACTERS)
    group = f"Auto Scaling group {clean(machine.auto_scaling_group)}" if machine.auto_scaling_group else ""
    about = "; ".join(filter(None, [what, group, tags_of(machine, report.tag_keys)]))
    return f"{title}: {about}"[:LINE_CHARACTERS] if about else title


def bullets(lines: list[str], count: int, where: str = RULE_LISTS) -> str:
    """Lines about machines, and how many of the `count` there are besides them, and where they are listed."""
    more = count - len(lines)
    rest = f"and {more:,} more" if lines else machines_in_words(more)
    return "".join(f"  - {line}\n" for line in [*lines, *([rest + where] if more else [])])
