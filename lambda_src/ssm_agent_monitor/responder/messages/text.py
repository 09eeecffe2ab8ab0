"""The message as people read it, in an e-mail."""

from __future__ import annotations

from ssm_agent_monitor.responder.messages.machine_text import machine_text
from ssm_agent_monitor.responder.messages.machines_text import machines_text, reminder_text
from ssm_agent_monitor.responder.messages.report import Kind, Report
from ssm_agent_monitor.responder.messages.wording import section, title_of

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
    if report.kind == Kind.REMINDER:
        return reminder_text(report)
    return machine_text(report, report.only) if report.only else machines_text(report)


def _users_steps(report: Report) -> str:
    if report.failed_steps is None:
        return ""
    lines = [f"{name}: {why}" for name, why in report.failed_steps.items()]
    more = [f"and {len(lines) - MOST_STEPS} more"] if len(lines) > MOST_STEPS else []
    failed = section("YOUR STEPS THAT FAILED", lines[:MOST_STEPS] + more)
    return failed or section("YOUR STEPS", ["All of them succeeded."])
