"""Remind: one message about all outages that are still open, and about the monitor if it is ill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ssm_agent_monitor.responder.answer import SENT, Answer, answer_of
from ssm_agent_monitor.responder.messages.report import MOST_NAMED, NamedMachine, begin_report
from ssm_agent_monitor.responder.messages.sending import Send
from ssm_agent_monitor.responder.messages.totals import totals_of
from ssm_agent_monitor.responder.reading import Reader
from ssm_agent_monitor.responder.reminder import read_health, read_open_outages
from ssm_agent_monitor.responder.requests import Request
from ssm_agent_monitor.responder.settings import Settings


def remind(request: Request, settings: Settings, reader: Reader, send: Send) -> Answer:
    """Send the message, unless nothing is open, the monitor works, and all of it could be read."""
    begun = begin_report(request, settings, reader.now)
    interval = timedelta(seconds=int(request.interval_seconds or 3600))  # between two evaluations
    found = read_open_outages(reader, begun.rule_name, settings.silence_tag, begun.now)
    machines, left_out, problems = found
    health, unread = read_health(reader, begun.rule_name, request.queue_url, 2 * interval, begun.now)
    report = replace(
        begun,
        queue_url=request.queue_url,
        interval=interval,
        named=tuple(map(NamedMachine, machines[:MOST_NAMED])),
        totals=totals_of(machines),
        problems=(*begun.problems, *problems, *unread),
        health=health,
    )
    reasons = [f"{machine_id}: {why}" for machine_id, why in left_out.items()]
    left = f"; left out: {len(reasons)} ({'; '.join(reasons[:MOST_NAMED])})" if reasons else ""
    if not (report.count or report.problems or health.is_ill):
        return answer_of(SENT, f"no message: nothing is open{left}")
    problems = [*report.problems, *send(report)]
    monitor = "ill" if health.is_ill else "not known" if unread else "well"
    return answer_of(SENT, f"message sent: {report.count} still lost, monitor {monitor}{left}", problems)
