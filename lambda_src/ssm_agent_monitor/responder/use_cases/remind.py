"""Remind: one message about all outages that are still open, and about the monitor if it is ill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ssm_agent_monitor.responder.answer import SENT, Answer, answer_of
from ssm_agent_monitor.responder.messages.report import (
    MOST_NAMED,
    Kind,
    NamedMachine,
    begin_report,
    totals_of,
)
from ssm_agent_monitor.responder.messages.sending import Send
from ssm_agent_monitor.responder.reading import Reader
from ssm_agent_monitor.responder.reminder.health import read_health
from ssm_agent_monitor.responder.reminder.open_outages import read_open_outages
from ssm_agent_monitor.responder.requests import Request
from ssm_agent_monitor.responder.settings import Settings

HOUR = "3600"
"""In seconds; the interval between two evaluations where the request has none."""


def remind(request: Request, settings: Settings, reader: Reader, send: Send) -> Answer:
    """Send the message, unless nothing is open, the monitor works, and all of it could be read.

    Raises:
        NotSentError: the message could not be published.
    """
    begun = begin_report(request, settings, reader.now)
    interval = timedelta(seconds=int(request.interval_seconds or HOUR))
    outages = read_open_outages(reader, begun.rule_name, settings.silence_tag, begun.now)
    health, unread = read_health(reader, begun.rule_name, request.queue_url, 2 * interval, begun.now)
    report = replace(
        begun,
        kind=Kind.REMINDER,
        queue_url=request.queue_url,
        interval=interval,
        named=tuple(map(NamedMachine, outages.machines[:MOST_NAMED])),
        totals=totals_of(outages.machines),
        problems=(*begun.problems, *outages.problems, *unread),
        health=health,
    )
    reasons = [f"{machine_id}: {why}" for machine_id, why in outages.left_out.items()]
    left = f"; left out: {len(reasons)} ({'; '.join(reasons[:MOST_NAMED])})" if reasons else ""
    if not (report.count or report.problems or health.is_ill):
        return answer_of(SENT, f"no message: nothing is open{left}")
    problems = [*report.problems, *send(report)]
    monitor = "ill" if health.is_ill else "not known" if unread else "well"
    return answer_of(SENT, f"message sent: {report.count} still lost, monitor {monitor}{left}", problems)
