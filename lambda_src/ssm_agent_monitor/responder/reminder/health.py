"""Whether the monitor itself works: does its rule evaluate, and were all of its events delivered?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.reading import Reader, texts_of
from ssm_agent_monitor.shared.times import utc

if TYPE_CHECKING:
    from mypy_boto3_config.type_defs import ConfigRuleEvaluationStatusTypeDef

WAITING = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


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
