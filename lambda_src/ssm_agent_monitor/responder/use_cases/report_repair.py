"""ReportRepair: one message that says what was done, and what came of it."""

from __future__ import annotations

from ssm_agent_monitor.responder.answer import SENT, Answer, answer_of
from ssm_agent_monitor.responder.machines.by_id import look_up
from ssm_agent_monitor.responder.machines.machines import add_facts, machines_of
from ssm_agent_monitor.responder.messages.event import event_of
from ssm_agent_monitor.responder.messages.repair_message import repair_facts, repair_subject, repair_text
from ssm_agent_monitor.responder.messages.sending import Outbox
from ssm_agent_monitor.responder.reading import Reader, Unreadable
from ssm_agent_monitor.responder.repair.outcome import UNKNOWN_OUTCOME, outcome_of
from ssm_agent_monitor.responder.requests import InvalidRequestError, ReportRepair
from ssm_agent_monitor.responder.settings import Settings
from ssm_agent_monitor.responder.steps import read_steps


def report_repair(request: ReportRepair, settings: Settings, reader: Reader, outbox: Outbox) -> Answer:
    """Send the message about the execution's steps, which ran before this one.

    Raises:
        InvalidRequestError: it is not said of which machine, or this block has no repair.
        NotSentError: the message could not be published.
    """
    if not request.instance_id:
        raise InvalidRequestError("; ".join(request.problems))
    if settings.repair is None or not settings.repair.document:
        raise InvalidRequestError("ReportRepair is refused: repair.mode is not act")
    steps = reader.in_time("what was done", lambda: read_steps(reader, request.execution_id))
    found = look_up(reader, [request.instance_id])
    outcome = (
        UNKNOWN_OUTCOME
        if isinstance(steps, Unreadable)
        else outcome_of(steps, request.action, settings.repair)
    )
    change = "Recovered" if outcome.is_online else "Lost"
    machines = machines_of([f"{change} | {request.instance_id} | NON_COMPLIANT | "])
    add_facts(machines, found, settings.tag_keys)
    unread = [str(steps)] if isinstance(steps, Unreadable) else []
    problems = [*request.problems, *unread, *found.problems]
    event = event_of(request, settings, reader)
    subject = repair_subject(machines[0], outcome)
    text = repair_text(machines[0], outcome, event, problems)
    problems += outbox.send(subject, text, repair_facts(machines[0], outcome, event))
    return answer_of(SENT, outcome.words, problems)
