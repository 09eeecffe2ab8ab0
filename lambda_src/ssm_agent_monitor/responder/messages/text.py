"""The message as people read it, in an e-mail."""

from __future__ import annotations

from ssm_agent_monitor.responder.messages.machine_text import machine_text
from ssm_agent_monitor.responder.messages.machines_text import machines_text
from ssm_agent_monitor.responder.messages.reminder_text import reminder_text
from ssm_agent_monitor.responder.messages.report import Kind, Report
from ssm_agent_monitor.responder.messages.wording import section, title_of

MOST_STEPS = 50
"""Of the user's: a message has room for a thousand characters of each."""


def text_of(report: Report) -> str:
    """The whole text: what is said, then what every message ends with."""
    links = [f"{name.capitalize():<9}  {link}\n" for name, link in report.links.items()]
    unread = section("COULD NOT BE READ", report.problems)
    return f"{_body(report)}{_users_steps(report)}{unread}\nLINKS\n  {'  '.join(links)}"


def sms_of(report: Report) -> str:
    """The first line alone."""
    return text_of(report).partition("\n")[0]


def _body(report: Report) -> str:
    if report.kind == Kind.REPAIR:
        return _repair_text(report)
    if report.kind == Kind.REMINDER:
        return reminder_text(report)
    return machine_text(report, report.only) if report.only else machines_text(report)


def _repair_text(report: Report) -> str:
    assert report.outcome
    where = f"in {report.account_id} {report.region}"
    first = f"Repair of {title_of(report.named[0].machine)} {where}: {report.outcome.words}.\n"
    return first + section("WHAT WAS DONE", report.outcome.lines)


def _users_steps(report: Report) -> str:
    if report.failed_steps is None:
        return ""
    lines = [f"{name}: {why}" for name, why in report.failed_steps.items()]
    more = [f"and {len(lines) - MOST_STEPS} more"] if len(lines) > MOST_STEPS else []
    return section("YOUR STEPS THAT FAILED", lines[:MOST_STEPS] + more) or section(
        "YOUR STEPS", ["All of them succeeded."]
    )
