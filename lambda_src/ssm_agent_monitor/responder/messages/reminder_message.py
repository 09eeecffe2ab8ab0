"""The reminder: one list of what is still open, and what is wrong with the monitor itself."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import quote

from ssm_agent_monitor.responder.machines.machines import Machine, is_node
from ssm_agent_monitor.responder.messages.causes import cause_of
from ssm_agent_monitor.responder.messages.counting import (
    by_cause,
    causes_in_words,
    count_in_words,
    in_order,
    machines_in_words,
)
from ssm_agent_monitor.responder.messages.digest import bullets, machine_line, with_causes
from ssm_agent_monitor.responder.messages.message import (
    SUBJECT_CHARACTERS,
    cleaned,
    duration,
    ending,
    how_to_mute,
    links_of,
    outage_of,
    section,
    title_of,
)
from ssm_agent_monitor.responder.reminder.health import Health

NAMED = 50
"""The most machines that a message names: those of the longest outages."""


def reminder_subject(machines: list[Machine], health: Health, event: dict[str, Any]) -> str:
    """At most 99 characters. What is wrong with the monitor comes first: the list may lack machines then."""
    where = f"in {event['AccountId']} {event['Region']}"
    count = machines_in_words(len(machines))
    if troubles := _troubles(health, event):
        lost = [f"{count} lost"] if machines else []
        return f"SSM Agent monitor problem {where}: {'; '.join(troubles + lost)}"[:SUBJECT_CHARACTERS]
    if not machines:
        return f"SSM Agent reminder incomplete {where}"
    return with_causes(f"SSM Agents still lost: {count} {where}: ", _counts(machines))


def reminder_text(machines: list[Machine], health: Health, event: dict[str, Any], problems: list[str]) -> str:
    """The message; `machines` have the longest outage first, `problems` are what could not be read."""
    named = [cleaned(machine) for machine in machines[:NAMED]]
    parts = [_first_sentence(machines, health, event), section("WHAT IS WRONG", _wrong(health, event))]
    groups = by_cause(named)
    for code, count in _counts(machines).items():
        lines = [_reminded(facts, event) for facts in groups.get(code, [])]
        parts.append(f"\n{count_in_words(count, code).upper()}\n{bullets(lines, count)}")
    for first in [facts for facts in named if not is_node(facts)][:1]:
        parts.append(how_to_mute("TO MUTE ONE FOR A DAY (HERE THE FIRST)", first, event))
    return "".join(parts) + ending(reminder_links(machines, health, event), problems, None)


def reminder_links(machines: list[Machine], health: Health, event: dict[str, Any]) -> dict[str, str]:
    """Where to look on; the dead-letter queue only if something lies in it."""
    queues = f"https://{event['ConsoleHost']}/sqs/v3/home?region={event['Region']}#/queues"
    links = links_of(machines[0] if len(machines) == 1 else None, event)
    if health["undelivered"]:
        links["queue"] = f"{queues}/{quote(event['QueueUrl'], safe='')}"
    return links


def _first_sentence(machines: list[Machine], health: Health, event: dict[str, Any]) -> str:
    where = f"in {event['AccountId']} {event['Region']}"
    if troubles := _troubles(health, event):
        lost = f"{machines_in_words(len(machines))} still lost: {_causes(machines)}.\n" if machines else ""
        return f"The monitor of SSM Agents {where} has a problem: {'; '.join(troubles)}.\n{lost}"
    if not machines:
        return f"No SSM Agent {where} is known to be lost, but not everything could be read.\n"
    if len(machines) > 1:
        agents = f"The SSM Agents of {machines_in_words(len(machines))} {where}"
        return f"{agents} still do not answer: {_causes(machines)}.\n"
    title = title_of(cleaned(machines[0]))
    return f"The SSM Agent on {title} {where} still does not answer: {_causes(machines)}.\n"


def _counts(machines: list[Machine]) -> dict[str, int]:
    return in_order(Counter(machine["Cause"] for machine in machines))


def _causes(machines: list[Machine]) -> str:
    return (
        (cause_of(machines[0]) or "unknown cause")
        if len(machines) == 1
        else causes_in_words(_counts(machines))
    )


def _reminded(facts: Machine, event: dict[str, Any]) -> str:
    outage = outage_of(facts, event)
    return machine_line(facts, f"out for {outage[0]}" if outage else "")


def _troubles(health: Health, event: dict[str, Any]) -> list[str]:
    """What is wrong with the monitor, in a few words each."""
    troubles = []
    if health["evaluates"] is False:
        since = health["last_success"]
        troubles.append(f"no evaluation for {duration(since, event)}" if since else "never evaluated")
    if count := health["undelivered"]:
        troubles.append(f"{count:,} undelivered event{'' if count == 1 else 's'}")
    return troubles


def _wrong(health: Health, event: dict[str, Any]) -> list[str]:
    """The same in full."""
    lines = []
    if health["evaluates"] is False:
        minutes, since = int(event["IntervalSeconds"]) // 60, health["last_success"]
        last = f"the last one that succeeded was at {since}" if since else "none has ever succeeded"
        lines += [
            f"The Config rule {event['RuleName']} should be evaluated every {minutes} minutes, and {last}.",
            f"Its error: {health['error_code']}: {health['error_message']}"
            if health["error_code"]
            else "AWS Config names no error: see the log of the rule's function.",
            "Machines that were lost since then are not in this message, nor was anybody told of them.",
        ]
    if count := health["undelivered"]:
        lines += [
            f"Events in the dead-letter queue {event['QueueUrl'].rpartition('/')[2]}: {count:,}.",
            "The runbook could not be started for them, and nobody was told of them then.",
        ]
    return lines
