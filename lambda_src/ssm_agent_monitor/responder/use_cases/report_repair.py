"""ReportRepair: one message that says what was done, and what came of it."""

from __future__ import annotations

from dataclasses import replace

from ssm_agent_monitor.responder.answer import SENT, Answer, answer_of
from ssm_agent_monitor.responder.machines.by_id import look_up
from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.responder.messages.report import NamedMachine, begin_report
from ssm_agent_monitor.responder.messages.sending import Send
from ssm_agent_monitor.responder.messages.totals import totals_of
from ssm_agent_monitor.responder.reading import Reader, UnreadableError
from ssm_agent_monitor.responder.repair.outcome import UNKNOWN_OUTCOME, outcome_of
from ssm_agent_monitor.responder.requests import InvalidRequestError, Request
from ssm_agent_monitor.responder.settings import Settings
from ssm_agent_monitor.responder.steps import read_steps
from ssm_agent_monitor.shared.event_lines import ChangeType, MachineLine


def report_repair(request: Request, settings: Settings, reader: Reader, send: Send) -> Answer:
    """Send the message about the execution's steps, which ran before this one.

    Raises InvalidRequestError if it is not said of which machine, or this block has no repair.
    """
    if not request.instance_id:
        raise InvalidRequestError("; ".join(request.problems))
    if settings.repair is None or not settings.repair.document:
        raise InvalidRequestError("ReportRepair is refused: repair.mode is not act")
    outcome, unread = UNKNOWN_OUTCOME, []
    try:
        steps = reader.in_time("what was done", lambda: read_steps(reader, request.execution_id))
        outcome = outcome_of(steps, request.action, settings.repair)
    except UnreadableError as error:
        unread.append(str(error))
    change = ChangeType.RECOVERED if outcome.is_online else ChangeType.LOST
    line = MachineLine(change, request.instance_id, "NON_COMPLIANT", "")
    machines, unread_too = look_up(reader, [Machine(line)])
    begun = begin_report(request, settings, reader.now, unread + unread_too)
    named = tuple(map(NamedMachine, machines))
    report = replace(begun, named=named, totals=totals_of(machines), outcome=outcome)
    return answer_of(SENT, outcome.words, [*report.problems, *send(report)])
