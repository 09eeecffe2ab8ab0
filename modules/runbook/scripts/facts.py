"""The same facts for machines that read: one JSON object, as docs/message.schema.json describes it."""

from __future__ import annotations

import re
from typing import Any

from machines import NONE, UNKNOWN, Machine
from message import TIME, Event, cause_of, links_of

SCHEMA_VERSION = "1.0"

# The compliance type of the result that was replaced; there may have been none.
STATUSES = {"NON_COMPLIANT": "lost", "COMPLIANT": "online", "NOT_APPLICABLE": "not-checked"}

# As CloudWatch's alarms say it, for incident tools that know these.
ALARM_STATES = {"lost": "ALARM", "online": "OK"}


def facts_of(machine: Machine, event: Event, subject: str) -> dict[str, Any]:
    """What the message says about one machine, and the fields of a CloudWatch alarm's message."""
    key = f"ssm-agent/{event['AccountId']}/{event['Region']}/{machine['Id']}"
    status = "lost" if machine["Change"] == "Lost" else "online"
    previous = STATUSES.get(machine["Result"].partition(" ")[0], UNKNOWN)
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "machine",
        "key": key,
        "status": status,
        "previous_status": previous,
        "cause": machine["Cause"] or UNKNOWN,
        "since": since(machine),
        "detected_at": event["DetectedAt"],
        "account": event["AccountId"],
        "region": event["Region"],
        "rule": event["RuleName"],
        "machines": [_machine_facts(machine, key, status)],
        "links": links_of(machine, event),
        "AlarmName": key,
        "AlarmDescription": subject,
        "NewStateValue": ALARM_STATES[status],
        "OldStateValue": ALARM_STATES.get(previous, "INSUFFICIENT_DATA"),
        "NewStateReason": machine["Words"] or cause_of(machine) or UNKNOWN,
        "StateChangeTime": event["DetectedAt"],
        "AWSAccountId": event["AccountId"],
        "Region": event["Region"],
    }


def attributes_of(facts: dict[str, Any], tags: dict[str, str]) -> dict[str, Any]:
    """The message attributes, for filter policies: what the message is about, and the tags to show.

    Tags that would take the name of one of the module's own are left out, and so are empty values.
    """
    own = {name: facts[name] for name in ("account", "region", "status", "cause", "kind")}
    return {
        name: {"DataType": "String", "StringValue": text[:256]}
        for name, text in {**tags, **own}.items()
        if text.strip()
    }


def since(machine: Machine) -> str | None:
    """Since when the agent has been out, or had been: its last ping, or its launch if it never registered."""
    found = re.search(rf"(?:last ping|launch at) {TIME}", machine["Annotation"])
    return found[1] if found else None


def _machine_facts(machine: Machine, key: str, status: str) -> dict[str, Any]:
    def known(name: str) -> str | None:
        return None if machine[name] in ("", NONE, UNKNOWN) else machine[name]

    return {
        "key": key,
        "id": machine["Id"],
        "name": known("InstanceName"),
        "status": status,
        "cause": machine["Cause"] or UNKNOWN,
        "reason": machine["Words"] or None,
        "since": since(machine),
        "state": known("InstanceState"),
        "status_checks": known("StatusChecks"),
        "ping_status": known("PingStatus"),
        "last_ping": known("LastPing"),
        "agent_version": known("AgentVersion"),
        "platform": known("Platform"),
        "network": known("Network"),
        "tags": machine["Tags"],
    }
