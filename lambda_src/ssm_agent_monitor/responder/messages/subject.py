"""Subjects that SNS takes, whatever a Name tag holds."""

from __future__ import annotations

import unicodedata

from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.machine import NONE
from ssm_agent_monitor.responder.messages.report import NamedMachine, Report
from ssm_agent_monitor.responder.messages.text import troubles_of
from ssm_agent_monitor.responder.messages.wording import clean, count_in_words, in_words

SUBJECT_CHARACTERS = 99
"""SNS takes subjects of fewer than 100 ASCII characters, without line breaks or control characters."""


def subject_of(report: Report) -> str:
    """The subject: printable ASCII, at most 99 characters."""
    if report.outcome:
        subject = f"SSM Agent repair: {report.named[0].machine.id}: {report.outcome.words}"
    elif report.health:
        subject = _of_reminder(report)
    elif report.only:
        subject = _of_machine(report, report.only)
    elif lost := report.lost_count:
        subject = _with_causes(f"SSM Agents lost: {in_words(lost)} {report.where}: ", report)
    else:
        subject = f"SSM Agents back: {in_words(report.count)} {report.where}"
    return subject[:SUBJECT_CHARACTERS].strip()


def _of_machine(report: Report, named: NamedMachine) -> str:
    """The name is shortened first: the id and the cause always fit."""
    machine, (length, _) = named.machine, report.outage_of(named)
    tail = named.cause if machine.is_lost else f"out for {length}" if length else ""
    head = "SSM Agent lost: " if machine.is_lost else "SSM Agent back: "
    tail = f": {tail}" if tail else ""
    room = SUBJECT_CHARACTERS - len(head) - len(machine.id) - len(tail) - len(" ()")
    spaced = unicodedata.normalize("NFKD", " ".join(machine.name.split()))
    name = clean(spaced.encode("ascii", "ignore").decode())[: max(room, 0)].strip()
    title = machine.id if name in ("", NONE, UNKNOWN) else f"{name} ({machine.id})"
    return f"{head}{title}{tail}"


def _of_reminder(report: Report) -> str:
    """What is wrong with the monitor comes first: the list of machines may lack some then."""
    count = in_words(report.count)
    if troubles := troubles_of(report):
        lost = [f"{count} lost"] if report.count else []
        return f"SSM Agent monitor problem {report.where}: {'; '.join(troubles + lost)}"
    if not report.count:
        return f"SSM Agent reminder incomplete {report.where}"
    return _with_causes(f"SSM Agents still lost: {count} {report.where}: ", report)


def _with_causes(head: str, report: Report) -> str:
    """A subject that ends with the causes, in their order; the last are `others` if not all of them fit."""
    counts = report.lost_by_cause
    causes = [count_in_words(count, cause) for cause, count in counts.items()]
    text = head
    for shown in range(len(causes), 0, -1):
        others = sum([*counts.values()][shown:])
        text = head + ", ".join(causes[:shown] + ([in_words(others, "other")] if others else []))
        if len(text) <= SUBJECT_CHARACTERS:
            break
    return text
