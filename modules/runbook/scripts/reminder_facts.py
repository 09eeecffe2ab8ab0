"""The reminder for machines that read, as docs/message.schema.json describes it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from causes import in_order
from facts import SCHEMA_VERSION, machine_facts
from health import Health, is_ill
from machines import UNKNOWN, Machine
from reminder_message import NAMED, reminder_links


def reminder_facts(machines: list[Machine], health: Health, event: dict[str, Any]) -> dict[str, Any]:
    """What the message says; `machines` have the longest outage first."""
    totals = in_order(Counter(machine["Cause"] for machine in machines))
    about = [machine_facts(machine, event) for machine in machines[:NAMED]]
    status = "lost" if about else UNKNOWN
    is_about_one = len(about) == 1 and not is_ill(health)
    account = f"ssm-agent/{event['AccountId']}/{event['Region']}"
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "reminder",
        "key": about[0]["key"] if is_about_one else account,
        "status": status,
        "previous_status": status,
        "cause": next(iter(totals), UNKNOWN),
        "since": about[0]["since"] if about else None,
        "detected_at": event["DetectedAt"],
        "account": event["AccountId"],
        "region": event["Region"],
        "rule": event["RuleName"],
        "totals": totals,
        "machines": about,
        "monitor": health,
        "links": reminder_links(machines, health, event),
    }
