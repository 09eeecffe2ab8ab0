"""Whether the monitor itself works: does its rule evaluate, and were all of its events delivered?"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ssm_agent_monitor.responder.messages.message import Event
from ssm_agent_monitor.responder.reading import HALF, Reader, Unreadable
from ssm_agent_monitor.responder.reminder.still_open import utc_of

WAITING = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

Health = dict[str, Any]


def health_of(reader: Reader, event: Event) -> tuple[Health, list[str]]:
    """The monitor's health, and what could not be read.

    `event` has `RuleName`, `DetectedAt` (now), `IntervalSeconds` (between two evaluations) and `QueueUrl`.
    The health is a dictionary that also stands in the JSON of the message: `evaluates` (None: not read),
    `last_success` (a time; None: never, or not read), `error_code` and `error_message` (of what failed since
    then; None: nothing did), `undelivered` (messages in the dead-letter queue; None: not read).
    """
    health: Health = dict.fromkeys(
        ("evaluates", "last_success", "error_code", "error_message", "undelivered")
    )
    problems = []
    for what, read in {
        "when the Config rule was evaluated": _evaluation,
        "the dead-letter queue": _undelivered,
    }.items():
        answer = reader.in_time(what, partial(read, reader, event), HALF)
        if isinstance(answer, Unreadable):
            problems.append(str(answer))
        else:
            health |= answer
    return health, problems


def is_ill(health: Health) -> bool:
    """Whether something is wrong with the monitor, as far as it could be read."""
    return health["evaluates"] is False or bool(health["undelivered"])


def _evaluation(reader: Reader, event: Event) -> Health:
    """A rule that never succeeded counts from its activation. Its last error may be older than a success."""
    config = reader.client("config")
    answer = config.describe_config_rule_evaluation_status(ConfigRuleNames=[event["RuleName"]])
    [status] = answer["ConfigRulesEvaluationStatus"]
    success = status.get("LastSuccessfulEvaluationTime")
    since = success or status.get("FirstActivatedTime")
    patience = 2 * timedelta(seconds=int(event["IntervalSeconds"]))
    failures = [
        status[name] for name in ("LastFailedInvocationTime", "LastFailedEvaluationTime") if name in status
    ]
    has_failed = bool(failures) and (success is None or max(failures) > success)
    return {
        "evaluates": since is not None and datetime.fromisoformat(event["DetectedAt"]) - since <= patience,
        "last_success": utc_of(success) if success else None,
        "error_code": status.get("LastErrorCode") if has_failed else None,
        "error_message": status.get("LastErrorMessage") if has_failed else None,
    }


def _undelivered(reader: Reader, event: Event) -> Health:
    answer = reader.client("sqs").get_queue_attributes(QueueUrl=event["QueueUrl"], AttributeNames=WAITING)
    return {"undelivered": sum(int(count) for count in answer["Attributes"].values())}
