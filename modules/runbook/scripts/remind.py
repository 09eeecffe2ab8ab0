"""Step Remind: one message about all that is still open, and about the monitor if it is ill."""

from __future__ import annotations

from typing import Any

from chat import post
from facts import attributes_of
from health import Health, health_of, is_ill
from machines import Machine
from output_text import output_of
from protocols import for_each_protocol
from reminder_facts import reminder_facts
from reminder_message import NAMED, reminder_subject, reminder_text
from sending import send
from still_open import still_open


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Send the message, unless nothing is open, the monitor works, and all of it could be read.

    `events` has the document's parameters, `DetectedAt` for `DueAt`, `AccountId`, `Region`, `ConsoleHost`,
    `ExecutionId`, `GuideUrl`, `SilenceTag` and `TagKeys`. Returns `Result`, which says what was sent and what
    was left out, and `Problem`: `none`, or what could not be read. Neither has braces.
    """
    machines, left_out, problems = still_open(events)
    health, unread = health_of(events)
    problems += unread
    if machines or problems or is_ill(health):
        _send(machines, health, problems, events)
        result = f"message sent: {len(machines)} still lost, monitor {'ill' if is_ill(health) else 'well'}"
    else:
        result = "no message: nothing is open"
    names = [f"{machine_id}: {why}" for machine_id, why in left_out.items()]
    result += f"; left out: {len(names)} ({'; '.join(names[:NAMED])})" if names else ""
    return {"Result": output_of(result), "Problem": output_of("; ".join(problems))}


def _send(machines: list[Machine], health: Health, problems: list[str], events: dict[str, Any]) -> None:
    """Send the message; adds to `problems` why it is not in the chat channel."""
    subject = reminder_subject(machines, health, events)
    text = reminder_text(machines, health, events, problems)
    facts = reminder_facts(machines, health, events)
    send(
        events["TopicArn"],
        subject,
        for_each_protocol(text, facts),
        MessageStructure="json",
        MessageAttributes=attributes_of(facts),
    )
    problems += post(events["ChatTopicArn"], subject, text, facts)
