"""The message as people read it, in an e-mail: numbers first, then the machines, grouped by cause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from ssm_agent_monitor.responder.messages.machine_text import (
    findings_of,
    first_step,
    how_to_mute,
    machine_text,
    what_to_check,
)
from ssm_agent_monitor.responder.messages.report import NamedMachine, Report
from ssm_agent_monitor.responder.messages.wording import (
    causes_in_words,
    clean,
    count_in_words,
    in_words,
    section,
    tags_of,
    title_of,
)
from ssm_agent_monitor.shared.annotation import likely_cause_in

LINE_CHARACTERS = 500
NAME_CHARACTERS = 60
TO_MUTE = "TO MUTE ONE FOR A DAY (HERE THE FIRST)"
MOST_STEPS = 50
"""Of the user's: a message has room for a thousand characters of each."""


def text_of(report: Report) -> str:
    """The whole text: what is said, then what every message ends with."""
    links = [f"{name.capitalize():<9}  {link}\n" for name, link in report.links.items()]
    unread = section("COULD NOT BE READ", report.problems)
    return f"{_body(report)}{_users_steps(report)}{unread}\nLINKS\n  {'  '.join(links)}"


def _body(report: Report) -> str:
    if outcome := report.outcome:
        title = title_of(report.named[0].machine)
        first = f"Repair of {title} {report.where}: {outcome.words}.\n"
        return first + section("WHAT WAS DONE", outcome.lines)
    if report.health:
        return _reminder_text(report)
    return machine_text(report, report.only) if report.only else _machines_text(report)


def _users_steps(report: Report) -> str:
    if report.failed_steps is None:
        return ""
    lines = [f"{name}: {why}" for name, why in report.failed_steps.items()]
    more = [f"and {len(lines) - MOST_STEPS} more"] if len(lines) > MOST_STEPS else []
    failed = section("YOUR STEPS THAT FAILED", lines[:MOST_STEPS] + more)
    return failed or section("YOUR STEPS", ["All of them succeeded."])


def _machines_text(report: Report) -> str:
    """The machines of a run that are named, and the numbers of all."""
    lost = [each for each in report.named if each.machine.is_lost]
    parts = [_first_lines(report)]
    for cause, count in report.lost_by_cause.items():
        group = [each for each in lost if each.group == cause]
        lines = [_line(report, each, likely_cause_in(clean(each.machine.words))[1]) for each in group]
        parts.append(f"\n{count_in_words(count, cause).upper()}\n")
        parts += [*_common_to(group, count, report.region), _bullets(lines, count)]
    parts += _once(what_to_check(each, report.region) for each in lost)
    return "".join([*parts, _back(report), how_to_mute(TO_MUTE, lost, report)])


def _first_lines(report: Report) -> str:
    lost, back = report.lost_count, report.count - report.lost_count
    count = lost or back
    does_not, does = ("does not answer", "answers again") if count == 1 else ("do not answer", "answer again")
    what = f"{does_not}: {causes_in_words(report.lost_by_cause)}" if lost else does
    agents = "The SSM Agent" if count == 1 else "SSM Agents"
    return (
        f"{agents} on {in_words(count)} {report.where} {what}.\n"
        + (f"Machines that answer again: {back:,}, see BACK below.\n" if lost and back else "")
        + f"Reported {report.detected_at}, by AWS Config rule {report.rule_name}.\n"
    )


def _common_to(group: list[NamedMachine], count: int, region: str) -> Iterable[str]:
    """What is common to the machines of one cause stands once, above them."""
    for first in group[:1]:
        likely = "" if first.likely_cause else likely_cause_in(clean(first.machine.words))[0]
        yield f"  {likely}.\n" if likely else ""
        where = "" if count == 1 or first.likely_cause else ", on each machine"
        yield f"  Do this first{where}:\n"
        yield from _once(first_step(each, region, first.machine) for each in group)
        yield from _once(map(_found, group))


def _found(named: NamedMachine) -> str:
    """The rest of what the diagnosis found: a line for each kind."""
    found = findings_of(named)
    return "".join(f"  {title}: {clean('; '.join(lines))}\n" for title, lines in found.items())


def _back(report: Report) -> str:
    count = report.count - report.lost_count
    back = [each for each in report.named if not each.machine.is_lost]
    lines = [
        _line(report, each, _out_for(report, each) or "how long it was out is not known") for each in back
    ]
    return f"\nBACK: {in_words(count).upper()}\n{_bullets(lines, count, '')}" if count else ""


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _out_for(report: Report, named: NamedMachine) -> str:
    length, _ = report.outage_of(named)
    return f"out for {length}" if length else ""


def _line(report: Report, named: NamedMachine, what: str) -> str:
    """A machine, and what is known about it; a name is shortened, so that the rest fits."""
    machine = named.machine
    title = title_of(machine, NAME_CHARACTERS)
    group = f"Auto Scaling group {clean(machine.auto_scaling_group)}" if machine.auto_scaling_group else ""
    about = "; ".join(filter(None, [what, group, tags_of(machine, report.settings.tag_keys)]))
    return f"{title}: {about}"[:LINE_CHARACTERS] if about else title


def _bullets(lines: list[str], count: int, where: str = ": see Rule, under LINKS") -> str:
    """Lines about machines, and how many of the `count` there are besides them, and where they are listed."""
    more = count - len(lines)
    rest = f"and {more:,} more" if lines else in_words(more)
    return "".join(f"  - {line}\n" for line in [*lines, *([rest + where] if more else [])])


def _reminder_text(report: Report) -> str:
    """What is still open, in one list, and what is wrong with the monitor itself."""
    parts = [_first_sentence(report), section("WHAT IS WRONG", _wrong(report))]
    for cause, count in report.lost_by_cause.items():
        lines = [_line(report, each, _out_for(report, each)) for each in report.named if each.group == cause]
        parts.append(f"\n{count_in_words(count, cause).upper()}\n{_bullets(lines, count)}")
    return "".join([*parts, how_to_mute(TO_MUTE, [*report.named], report)])


def troubles_of(report: Report) -> list[str]:
    """What is wrong with the monitor, in a few words each."""
    troubles, health = [], report.health
    if health and health.evaluates is False:
        since = health.last_success
        troubles.append(f"no evaluation for {report.time_since(since)}" if since else "never evaluated")
    if health and health.undelivered:
        troubles.append(in_words(health.undelivered, "undelivered event"))
    return troubles


def _first_sentence(report: Report) -> str:
    where, count, only = report.where, in_words(report.count), report.only
    causes = only.cause or "unknown cause" if only else causes_in_words(report.lost_by_cause)
    if troubles := troubles_of(report):
        lost = f"{count} still lost: {causes}.\n" if report.count else ""
        return f"The monitor of SSM Agents {where} has a problem: {'; '.join(troubles)}.\n{lost}"
    if not report.count:
        return f"No SSM Agent {where} is known to be lost, but not everything could be read.\n"
    if only:
        return f"The SSM Agent on {title_of(only.machine)} {where} still does not answer: {causes}.\n"
    return f"The SSM Agents of {count} {where} still do not answer: {causes}.\n"


def _wrong(report: Report) -> list[str]:
    """What is wrong with the monitor, in full."""
    lines, health = [], report.health
    if health and health.evaluates is False:
        since, code = health.last_success, health.error_code
        last = f"the last one that succeeded was at {since}" if since else "none has ever succeeded"
        should = f"should be evaluated every {report.interval // timedelta(minutes=1)} minutes"
        unnamed = "AWS Config names no error: see the log of the rule's function."
        lines += [
            f"The Config rule {report.rule_name} {should}, and {last}.",
            f"Its error: {code}: {health.error_message}" if code else unnamed,
            "Machines that were lost since then are not in this message, nor was anybody told of them.",
        ]
    if health and health.undelivered:
        lines += [
            f"Events in the dead-letter queue {report.queue_url.rpartition('/')[2]}: {health.undelivered:,}.",
            "The runbook could not be started for them, and nobody was told of them then.",
        ]
    return lines
