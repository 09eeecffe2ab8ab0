"""Remind: one message about all that is still open, and about the monitor if it is ill."""

from __future__ import annotations

from ssm_agent_monitor.responder.answer import SENT, Answer, answer_of
from ssm_agent_monitor.responder.messages.event import event_of
from ssm_agent_monitor.responder.messages.reminder_facts import reminder_facts
from ssm_agent_monitor.responder.messages.reminder_message import NAMED, reminder_subject, reminder_text
from ssm_agent_monitor.responder.messages.sending import Outbox
from ssm_agent_monitor.responder.reading import Reader
from ssm_agent_monitor.responder.reminder.health import health_of, is_ill
from ssm_agent_monitor.responder.reminder.still_open import still_open
from ssm_agent_monitor.responder.requests import Remind
from ssm_agent_monitor.responder.settings import Settings


def remind(request: Remind, settings: Settings, reader: Reader, outbox: Outbox) -> Answer:
    """Send the message, unless nothing is open, the monitor works, and all of it could be read.

    Raises:
        NotSentError: the message could not be published.
    """
    event = event_of(request, settings, reader)
    machines, left_out, problems = still_open(reader, event)
    health, unread = health_of(reader, event)
    problems = [*request.problems, *problems, *unread]
    names = [f"{machine_id}: {why}" for machine_id, why in left_out.items()]
    left = f"; left out: {len(names)} ({'; '.join(names[:NAMED])})" if names else ""
    if not (machines or problems or is_ill(health)):
        return answer_of(SENT, f"no message: nothing is open{left}")
    subject = reminder_subject(machines, health, event)
    text = reminder_text(machines, health, event, problems)
    problems += outbox.send(subject, text, reminder_facts(machines, health, event))
    monitor = "ill" if is_ill(health) else "not known" if unread else "well"
    return answer_of(SENT, f"message sent: {len(machines)} still lost, monitor {monitor}{left}", problems)
