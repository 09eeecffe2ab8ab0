"""The same facts for machines that read: one JSON object, as docs/message.schema.json describes it."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.machines.details import NONE, UNKNOWN
from ssm_agent_monitor.responder.machines.machines import Machine
from ssm_agent_monitor.responder.messages.alarm import alarm_of
from ssm_agent_monitor.responder.messages.diagnosis_text import diagnosis_facts
from ssm_agent_monitor.responder.messages.message import Event, beginning_of, links_of
from ssm_agent_monitor.responder.messages.totals import Totals, causes_in

SCHEMA_VERSION = "1.0"
SEVERAL = "several"

# The compliance type of the result that was replaced; there may have been none.
STATUSES = {"NON_COMPLIANT": "lost", "COMPLIANT": "online", "NOT_APPLICABLE": "not-checked"}


def facts_of(machines: list[Machine], totals: Totals, event: Event, subject: str) -> dict[str, Any]:
    """What the message says; in the mode `instance` also the fields of a CloudWatch alarm's message.

    `machines` are those that are named, `totals` counts all.
    """
    about = [machine_facts(machine, event) for machine in machines]
    is_alone = sum(totals.values()) == 1
    status = "lost" if causes_in(totals, "Lost") else "online"
    of_status = [each for each in about if each["status"] == status]
    causes = causes_in(totals, "Lost") or causes_in(totals, "Recovered")
    before = {each["previous_status"] for each in of_status}
    facts = {
        "schema_version": SCHEMA_VERSION,
        "kind": "machine" if event["Mode"] == "instance" else event["Mode"],
        "key": about[0]["key"] if is_alone else key_of(event),
        "status": status,
        "previous_status": before.pop() if len(before) == 1 else UNKNOWN,
        "cause": SEVERAL if len(causes) > 1 else next(iter(causes)),
        "since": min((each["since"] for each in of_status if each["since"]), default=None),
        "detected_at": event["DetectedAt"],
        "account": event["AccountId"],
        "region": event["Region"],
        "rule": event["RuleName"],
        "totals": totals_facts(totals),
        "machines": about,
        "machines_left_out": sum(totals.values()) - len(about),
        "links": links_of(machines[0] if is_alone else None, event),
    }
    return facts | (alarm_of(machines[0], facts, subject) if facts["kind"] == "machine" else {})


def totals_facts(totals: Totals) -> list[dict[str, Any]]:
    """How many machines there are of each status and cause, the most frequent first."""
    counts = [(count, change, cause) for (change, cause), count in totals.items()]
    return [
        {"status": _status(change), "cause": cause, "count": count}
        for count, change, cause in sorted(counts, key=lambda each: (each[1], -each[0], each[2]))
    ]


def key_of(event: Event, machine_id: str = "") -> str:
    """The key of all messages about a machine, or of those about several."""
    return "/".join(filter(None, ["ssm-agent", event["AccountId"], event["Region"], machine_id]))


def attributes_of(facts: dict[str, Any]) -> dict[str, Any]:
    """The message attributes, for filter policies: what it is about, of a single machine the tags too.

    Tags that would take the name of one of the module's own are left out, and so are empty values.
    """
    tags = facts["machines"][0]["tags"] if facts["kind"] == "machine" else {}
    own = {name: facts[name] for name in ("account", "region", "status", "cause", "kind")}
    return {
        name: {"DataType": "String", "StringValue": text[:256]}
        for name, text in {**tags, **own}.items()
        if text.strip()
    }


def _status(change: str) -> str:
    return "lost" if change == "Lost" else "online"


def machine_facts(machine: Machine, event: Event) -> dict[str, Any]:
    """What a message says about one of its machines."""
    beginning = beginning_of(machine)

    def known(name: str) -> str | None:
        return None if machine[name] in ("", NONE, UNKNOWN) else machine[name]

    return {
        "key": key_of(event, machine["Id"]),
        "id": machine["Id"],
        "name": known("InstanceName"),
        "status": _status(machine["Change"]),
        "previous_status": STATUSES.get(machine["Result"].partition(" ")[0], UNKNOWN),
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
        "likely_cause": machine["Likely"] or None,
        **diagnosis_facts(machine),
    }
