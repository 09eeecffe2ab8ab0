"""The same facts for machines that read: one JSON object, as docs/message.schema.json describes it."""

from __future__ import annotations

from typing import Any

from causes import cause_of
from machines import NONE, UNKNOWN, Machine
from message import Event, beginning_of, links_of

SCHEMA_VERSION = "1.0"

# The compliance type of the result that was replaced; there may have been none.
STATUSES = {"NON_COMPLIANT": "lost", "COMPLIANT": "online", "NOT_APPLICABLE": "not-checked"}

# As CloudWatch's alarms say it, for incident tools that know these.
ALARM_STATES = {"lost": "ALARM", "online": "OK"}


def facts_of(machine: Machine, event: Event, subject: str) -> dict[str, Any]:
    """What the message says about one machine, and the fields of a CloudWatch alarm's message."""
    about = machine_facts(machine, event)
    previous = STATUSES.get(machine["Result"].partition(" ")[0], UNKNOWN)
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "machine",
        **{name: about[name] for name in ("key", "status", "cause", "since")},
        "previous_status": previous,
        "detected_at": event["DetectedAt"],
        "account": event["AccountId"],
        "region": event["Region"],
        "rule": event["RuleName"],
        "machines": [about],
        "links": links_of(machine, event),
        "AlarmName": about["key"],
        "AlarmDescription": subject,
        "NewStateValue": ALARM_STATES[about["status"]],
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


def machine_facts(machine: Machine, event: Event) -> dict[str, Any]:
    """What a message says about one of its machines."""
    beginning = beginning_of(machine)

    def known(name: str) -> str | None:
        return None if machine[name] in ("", NONE, UNKNOWN) else machine[name]

    return {
        "key": f"ssm-agent/{event['AccountId']}/{event['Region']}/{machine['Id']}",
        "id": machine["Id"],
        "name": known("InstanceName"),
        "status": "lost" if machine["Change"] == "Lost" else "online",
        "cause": machine["Cause"] or UNKNOWN,
        "reason": machine["Words"] or None,
        "since": beginning[1] if beginning else None,
        "state": known("InstanceState"),
        "status_checks": known("StatusChecks"),
        "ping_status": known("PingStatus"),
        "last_ping": known("LastPing"),
        "agent_version": known("AgentVersion"),
        "platform": known("Platform"),
        "network": known("Network"),
        "tags": machine["Tags"],
    }
