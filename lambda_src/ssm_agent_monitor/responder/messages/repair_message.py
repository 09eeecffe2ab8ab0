"""The message about what came of a repair."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.machines.machines import Machine
from ssm_agent_monitor.responder.messages.facts import SCHEMA_VERSION, key_of, machine_facts, totals_facts
from ssm_agent_monitor.responder.messages.message import (
    SUBJECT_CHARACTERS,
    Event,
    cleaned,
    ending,
    links_of,
    section,
    title_of,
)
from ssm_agent_monitor.responder.messages.totals import totals_of
from ssm_agent_monitor.responder.repair.outcome import Outcome


def repair_subject(machine: Machine, outcome: Outcome) -> str:
    """Which machine, and what came of it."""
    return f"SSM Agent repair: {machine['Id']}: {outcome.words}"[:SUBJECT_CHARACTERS]


def repair_text(machine: Machine, outcome: Outcome, event: Event, problems: list[str]) -> str:
    """The message; `problems` are what could not be read."""
    where = f"in {event['AccountId']} {event['Region']}"
    return (
        f"Repair of {title_of(cleaned(machine))} {where}: {outcome.words}.\n"
        + section("WHAT WAS DONE", list(outcome.lines))
        + ending(links_of(machine, event), problems, None)
    )


def repair_facts(machine: Machine, outcome: Outcome, event: Event) -> dict[str, Any]:
    """The same for machines that read, as docs/message.schema.json describes it."""
    about = machine_facts(machine, event)
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "repair",
        "key": key_of(event, machine["Id"]),
        "status": about["status"],
        "previous_status": "lost",
        "cause": about["cause"],
        "since": None,
        "detected_at": event["DetectedAt"],
        "account": event["AccountId"],
        "region": event["Region"],
        "rule": event["RuleName"],
        "totals": totals_facts(totals_of([], [machine], [machine])),
        "machines": [about],
        "machines_left_out": 0,
        "repair": {"action": outcome.acted, "outcome": outcome.words, "steps": list(outcome.lines)},
        "links": links_of(machine, event),
    }
