"""The message for machines that read, as docs/message.schema.json describes it, and its attributes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.diagnosis.finding import Diagnosis, Remedy
from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.machine import NONE
from ssm_agent_monitor.responder.messages.report import LOST, ONLINE, STATUSES, NamedMachine, Report
from ssm_agent_monitor.responder.messages.subject import subject_of

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

LOOKED_UP = ("state", "status_checks", "ping_status", "last_ping", "agent_version", "platform", "network")
ALARM_STATES = {LOST: "ALARM", ONLINE: "OK"}


def json_of(report: Report, most_machines: int | None = None) -> dict[str, object]:
    """What the message says, of at most so many machines; about one also as the message of an alarm.

    Totals are ordered by status, the most frequent first.
    """
    listed = report.named[:most_machines]
    of_status = [each for each in report.named if each.status == report.status]
    before = {each.previous_status for each in of_status}
    counts = sorted((change, -count, cause) for (change, cause), count in report.totals.items())
    totals = [{"status": STATUSES[each], "cause": cause, "count": -count} for each, count, cause in counts]
    found: dict[str, object] = {
        "schema_version": "1.0",
        "kind": report.kind,
        "key": report.key,
        "status": report.status,
        "previous_status": before.pop() if len(before) == 1 else UNKNOWN,
        "cause": report.cause,
        "since": min((each.since for each in of_status if each.since), default=None),
        "detected_at": report.detected_at,
        "account": report.account_id,
        "region": report.region,
        "rule": report.rule_name,
        "totals": totals,
        "machines": [_machine(report, each) for each in listed],
        "machines_left_out": report.count - len(listed),
    }
    if report.health:
        found["monitor"] = asdict(report.health)
    if outcome := report.outcome:
        found["repair"] = {"action": outcome.acted, "outcome": outcome.words, "steps": [*outcome.lines]}
    found["links"] = report.links
    return found | (_alarm(report, report.named[0]) if report.kind == "machine" else {})


def attributes_of(report: Report) -> dict[str, MessageAttributeValueTypeDef]:
    """The message attributes, for filter policies: what it is about, of a single machine the tags too.

    Tags that would take the name of one of the module's own are left out, and so are empty values.
    """
    tags = report.named[0].machine.tags(report.settings.tag_keys) if report.kind == "machine" else {}
    values = {**tags, **report.about, "kind": report.kind}
    return {
        name: {"DataType": "String", "StringValue": text[:256]}
        for name, text in values.items()
        if text.strip()
    }


def _machine(report: Report, named: NamedMachine) -> dict[str, object]:
    machine, diagnosis = named.machine, named.diagnosis or Diagnosis(())
    findings = [
        {"check": each.check, "found": each.found, "do": remedy.words, "command": remedy.command}
        for each in diagnosis.broken
        for remedy in [each.remedy or Remedy("")]
    ]
    return {
        "key": report.key_of(named),
        "id": machine.id,
        "name": _known(machine.name),
        "status": named.status,
        "previous_status": named.previous_status,
        "cause": machine.cause or UNKNOWN,
        "reason": machine.words or None,
        "since": named.since,
        **{name: _known(getattr(machine, name)) for name in LOOKED_UP},
        "tags": machine.tags(report.settings.tag_keys),
        "likely_cause": named.likely_cause or None,
        "findings": findings,
        "changes": [*diagnosis.changed],
        "could_not_check": [*diagnosis.could_not_check],
    }


def _known(text: str) -> str | None:
    return None if text in ("", NONE, UNKNOWN) else text


def _alarm(report: Report, named: NamedMachine) -> dict[str, str]:
    """The fields of a CloudWatch alarm's message, for incident tools that know these."""
    return {
        "AlarmName": report.key,
        "AlarmDescription": subject_of(report),
        "NewStateValue": ALARM_STATES[report.status],
        "OldStateValue": ALARM_STATES.get(named.previous_status, "INSUFFICIENT_DATA"),
        "NewStateReason": named.likely_cause or named.machine.words or named.cause or UNKNOWN,
        "StateChangeTime": report.detected_at,
        "AWSAccountId": report.account_id,
        "Region": report.region,
    }
