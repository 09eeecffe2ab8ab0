"""The Lambda function's entry.

Whatever prevents a full evaluation raises, so that Config shows the rule as failed instead of stale results.
"""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.evaluator import evaluation, event
from ssm_agent_monitor.evaluator.clients import clients
from ssm_agent_monitor.shared import logs

logs.configure()

process = evaluation.Process()


def lambda_handler(raw_event: object, context: Any) -> dict[str, int]:
    """Evaluate the fleet for one scheduled event of AWS Config.

    Returns how many evaluations of each compliance type were put.

    Raises:
        InvalidEventError, InvalidParameterError: what Config sent is not for this rule.
        OutOfTimeError: Lambda's time-out is near; what was put stays, and the next run goes on.
        AnnouncementFailedError: EventBridge did not take the event; nothing was put, the next run does both.
        EvaluationsFailedError, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: an API
            failed for good; what was put stays, and the next run goes on.
    """
    parsed = event.parse(raw_event)
    return evaluation.run(parsed, clients(), lambda: context.get_remaining_time_in_millis() / 1000, process)
