"""The reminder for machines that read, as docs/message.schema.json describes it."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.machines.details import UNKNOWN
from ssm_agent_monitor.responder.machines.machines import Machine
from ssm_agent_monitor.responder.messages.facts import (
    SCHEMA_VERSION,
    SEVERAL,
    key_of,
    machine_facts,
    totals_facts,
)
from ssm_agent_monitor.responder.messages.reminder_message import NAMED, reminder_links
from ssm_agent_monitor.responder.messages.totals import totals_of
from ssm_agent_monitor.responder.reminder.health import Health, is_ill


def reminder_facts(machines: list[Machine], health: Health, event: dict[str, Any]) -> dict[str, Any]:
    """What the message says; `machines` have the longest outage first."""
    totals = totals_facts(totals_of([], machines, machines))
    causes = {each["cause"] for each in totals} or {UNKNOWN}
    about = [machine_facts(machine, event) for machine in machines[:NAMED]]
    status = "lost" if about else UNKNOWN
    is_about_one = len(about) == 1 and not is_ill(health)
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "reminder",
        "key": about[0]["key"] if is_about_one else key_of(event),
        "status": status,
        "previous_status": status,
        "cause": causes.pop() if len(causes) == 1 else SEVERAL,
        "since": min((each["since"] for each in about if each["since"]), default=None),
        "detected_at": event["DetectedAt"],
        "account": event["AccountId"],
        "region": event["Region"],
        "rule": event["RuleName"],
        "totals": totals,
        "machines": about,
        "machines_left_out": len(machines) - len(about),
        "monitor": health,
        "links": reminder_links(machines, health, event),
    }
