"""What a reminder is about: which outages are open, and whether the monitor itself works."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.machines.by_id import look_closer
from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.responder.reading import OutOfTimeError, Reader, texts_of
from ssm_agent_monitor.shared.annotation import beginning_of_outage
from ssm_agent_monitor.shared.event_lines import ChangeType, MachineLine
from ssm_agent_monitor.shared.silence import silenced_until
from ssm_agent_monitor.shared.times import utc

if TYPE_CHECKING:
    from mypy_boto3_config.type_defs import ConfigRuleEvaluationStatusTypeDef, EvaluationResultTypeDef

WAITING = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
LOOKED_UP = 1000
PER_CALL = 50
"""The most that each of the APIs that look machines up takes."""


def read_open_outages(
    reader: Reader, rule_name: str, silence_tag: str, now: datetime
) -> tuple[list[Machine], dict[str, str], list[str]]:
    """The machines of open outages, the longest first; why others are left out; what could not be read.

    A rule's results tell of them; `silence_tag` mutes machines, empty: there is none. Those of the 1,000
    longest outages are looked up; the others are as Config's results say.
    """
    reported, problems = _reported(reader, rule_name)
    machines: list[Machine] = []
    for start in range(0, len(reported[:LOOKED_UP]), PER_CALL):
        block, unread = look_closer(reader, reported[start : start + PER_CALL])
        machines += block
        problems += unread
    left_out: dict[str, str] = {}
    for each in machines:
        until = silenced_until(each.tags([silence_tag]).get(silence_tag, ""), now)
        if why := each.why_nobody_is_told or (f"silenced until {utc(until)}" if until else ""):
            left_out[each.id] = why
    still = [each for each in [*machines, *reported[LOOKED_UP:]] if each.id not in left_out]
    return still, left_out, list(dict.fromkeys(problems))


def _reported(reader: Reader, rule_name: str) -> tuple[list[Machine], list[str]]:
    """The machines of the rule's NON_COMPLIANT results; if not all pages could be read, the problem."""
    machines: list[Machine] = []

    def read_pages() -> None:
        pages = reader.client("config").get_paginator("get_compliance_details_by_config_rule")
        for page in pages.paginate(
            ConfigRuleName=rule_name,
            ComplianceTypes=["NON_COMPLIANT"],
            PaginationConfig={"PageSize": 100},
        ):
            machines.extend(map(_machine, page["EvaluationResults"]))
            if reader.is_late():
                raise OutOfTimeError

    unread = texts_of(reader.read_all({"the results of the Config rule": read_pages}).values())
    return sorted(machines, key=_since), unread


def _machine(result: EvaluationResultTypeDef) -> Machine:
    """Of a result; its time is a lower bound of the outage's length."""
    machine_id = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]
    replaced = f"NON_COMPLIANT {utc(result['ResultRecordedTime'])}"
    return Machine(MachineLine(ChangeType.LOST, machine_id, replaced, result.get("Annotation", "")))


def _since(machine: Machine) -> str:
    beginning = beginning_of_outage(machine.line.annotation)
    return beginning[1] if beginning else machine.line.replaced.partition(" ")[2]


@dataclass(frozen=True, slots=True)
class Health:
    """The monitor's health, by the names that it has in the message's JSON; None: not read, or there is none.

    `evaluates` is whether the rule was evaluated within two of its intervals, `last_success` when last.
    `error_code` and `error_message` are of what failed since then. `undelivered` counts the messages in the
    dead-letter queue.
    """

    evaluates: bool | None = None
    last_success: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    undelivered: int | None = None

    @property
    def is_ill(self) -> bool:
        """Whether something is wrong with the monitor, as far as it could be read."""
        return self.evaluates is False or bool(self.undelivered)


def read_health(
    reader: Reader, rule_name: str, queue_url: str, patience: timedelta, now: datetime
) -> tuple[Health, list[str]]:
    """The health of the monitor with this rule and dead-letter queue; and what could not be read.

    A rule should not be without an evaluation for longer than the `patience`.
    """
    calls = {
        "when the Config rule was evaluated": partial(_evaluation, reader, rule_name, patience, now),
        "the dead-letter queue": partial(_undelivered, reader, queue_url),
    }
    answers = reader.read_all(calls).values()
    evaluation, queue = (each if isinstance(each, Health) else Health() for each in answers)
    return replace(evaluation, undelivered=queue.undelivered), texts_of(answers)


def _evaluation(reader: Reader, rule_name: str, patience: timedelta, now: datetime) -> Health:
    """A rule that never succeeded counts from its activation. Its last error may be older than a success."""
    config = reader.client("config")
    answer = config.describe_config_rule_evaluation_status(ConfigRuleNames=[rule_name])
    status: ConfigRuleEvaluationStatusTypeDef
    [status] = answer["ConfigRulesEvaluationStatus"]
    success = status.get("LastSuccessfulEvaluationTime")
    since = success or status.get("FirstActivatedTime")
    failures = [status.get("LastFailedInvocationTime"), status.get("LastFailedEvaluationTime")]
    has_failed = any(each and (success is None or each > success) for each in failures)
    return Health(
        evaluates=since is not None and now - since <= patience,
        last_success=utc(success) if success else None,
        error_code=status.get("LastErrorCode") if has_failed else None,
        error_message=status.get("LastErrorMessage") if has_failed else None,
    )


def _undelivered(reader: Reader, queue_url: str) -> Health:
    answer = reader.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=WAITING)
    return Health(undelivered=sum(map(int, answer["Attributes"].values())))
