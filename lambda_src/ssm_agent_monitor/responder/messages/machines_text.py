"""The text about several machines of a run: numbers first, then the machines, grouped by cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.messages.counting import (
    causes_in_words,
    count_in_words,
    in_order,
    machines_in_words,
)
from ssm_agent_monitor.responder.messages.diagnosis_text import findings_of
from ssm_agent_monitor.responder.messages.first_steps import (
    diagnose_with,
    first_step,
    how_to_mute,
    what_to_check,
)
from ssm_agent_monitor.responder.messages.report import NamedMachine, Report
from ssm_agent_monitor.responder.messages.wording import clean, tags_of, title_of
from ssm_agent_monitor.shared.annotation import likely_cause_in

LINE_CHARACTERS = 500
NAME_CHARACTERS = 60
RULE_LISTS = ": see Rule, under LINKS"


def machines_text(report: Report) -> str:
    """The machines that are named, and the numbers of all."""
    lost = [each for each in report.named if each.machine.is_lost]
    groups = by_cause(lost)
    parts = [_first_lines(report)]
    for cause, count in report.lost_by_cause.items():
        parts.append(_group(report, count_in_words(count, cause), count, groups.get(cause, [])))
    parts += _once(what_to_check(each, report.region) for each in lost)
    parts.append(_back(report))
    instances = [each.machine for each in lost if not each.machine.is_node]
    parts += [how_to_mute("TO MUTE ONE FOR A DAY (HERE THE FIRST)", each, report) for each in instances[:1]]
    return "".join(parts)


def _first_lines(report: Report) -> str:
    lost, back = report.lost_count, report.count - report.lost_count
    count = lost or back
    does_not, does = ("does not answer", "answers again") if count == 1 else ("do not answer", "answer again")
    what = f"{does_not}: {causes_in_words(report.lost_by_cause)}" if lost else does
    agents = "The SSM Agent" if count == 1 else "SSM Agents"
    return (
        f"{agents} on {machines_in_words(count)} in {report.account_id} {report.region} {what}.\n"
        + (f"Machines that answer again: {back:,}, see BACK below.\n" if lost and back else "")
        + f"Reported {report.detected_at}, by AWS Config rule {report.rule_name}.\n"
    )


def _group(report: Report, title: str, count: int, group: list[NamedMachine]) -> str:
    """The machines of one cause: what is common to them stands once, above them."""
    parts = [f"\n{title.upper()}\n"]
    for first in group[:1]:
        likely = "" if first.likely_cause else likely_cause_in(clean(first.machine.words))[0]
        parts.append(f"  {likely}.\n" if likely else "")
        where = "" if count == 1 or first.likely_cause else ", on each machine"
        parts.append(f"  Do this first{where}:\n")
        parts += _once(first_step(each, report.region, first.machine) for each in group)
        parts += _once(map(_found, group))
    lines = [machine_line(report, each, likely_cause_in(clean(each.machine.words))[1]) for each in group]
    return "".join(parts) + bullets(lines, count)


def _found(named: NamedMachine) -> str:
    """The rest of what the diagnosis found: a line for each kind."""
    found = findings_of(named, diagnose_with(named.machine))
    return "".join(f"  {title}: {clean('; '.join(lines))}\n" for title, lines in found.items())


def _back(report: Report) -> str:
    count = report.count - report.lost_count
    lines = []
    for each in report.named:
        if not each.machine.is_lost:
            outage = report.outage_of(each)
            what = f"out for {outage.length}" if outage else "how long it was out is not known"
            lines.append(machine_line(report, each, what))
    return f"\nBACK: {machines_in_words(count).upper()}\n{bullets(lines, count, '')}" if count else ""


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


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
