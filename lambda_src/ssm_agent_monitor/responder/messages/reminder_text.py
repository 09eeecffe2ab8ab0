"""The reminder's text: one list of what is still open, and what is wrong with the monitor itself."""

from __future__ import annotations

from datetime import timedelta

from ssm_agent_monitor.responder.messages.counting import causes_in_words, count_in_words, machines_in_words
from ssm_agent_monitor.responder.messages.first_steps import how_to_mute
from ssm_agent_monitor.responder.messages.machines_text import bullets, by_cause, machine_line
from ssm_agent_monitor.responder.messages.report import NamedMachine, Report
from ssm_agent_monitor.responder.messages.wording import section, title_of


def reminder_text(report: Report) -> str:
    """What is still open, and what is wrong."""
    parts = [_first_sentence(report), section("WHAT IS WRONG", _wrong(report))]
    groups = by_cause(report.named)
    for cause, count in report.lost_by_cause.items():
        lines = [_line(report, each) for each in groups.get(cause, [])]
        parts.append(f"\n{count_in_words(count, cause).upper()}\n{bullets(lines, count)}")
    instances = [each.machine for each in report.named if not each.machine.is_node]
    parts += [how_to_mute("TO MUTE ONE FOR A DAY (HERE THE FIRST)", each, report) for each in instances[:1]]
    return "".join(parts)


def troubles_of(report: Report) -> list[str]:
    """What is wrong with the monitor, in a few words each."""
    troubles, health = [], report.health
    if health and health.evaluates is False:
        since = health.last_success
        troubles.append(f"no evaluation for {report.time_since(since)}" if since else "never evaluated")
    if health and (count := health.undelivered):
        troubles.append(f"{count:,} undelivered event{'' if count == 1 else 's'}")
    return troubles


def _first_sentence(report: Report) -> str:
    where, count = f"in {report.account_id} {report.region}", machines_in_words(report.count)
    causes = causes_in_words(report.lost_by_cause)
    if report.only:
        causes = report.only.cause or "unknown cause"
    if troubles := troubles_of(report):
        lost = f"{count} still lost: {causes}.\n" if report.count else ""
        return f"The monitor of SSM Agents {where} has a problem: {'; '.join(troubles)}.\n{lost}"
    if not report.count:
        return f"No SSM Agent {where} is known to be lost, but not everything could be read.\n"
    if report.only:
        return f"The SSM Agent on {title_of(report.only.machine)} {where} still does not answer: {causes}.\n"
    return f"The SSM Agents of {count} {where} still do not answer: {causes}.\n"


def _line(report: Report, named: NamedMachine) -> str:
    outage = report.outage_of(named)
    return machine_line(report, named, f"out for {outage.length}" if outage else "")


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
    if health and (count := health.undelivered):
        lines += [
            f"Events in the dead-letter queue {report.queue_url.rpartition('/')[2]}: {count:,}.",
            "The runbook could not be started for them, and nobody was told of them then.",
        ]
    return lines
