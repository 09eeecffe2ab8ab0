"""The Lambda function's entry: reads, decides, reports.

Whatever prevents a full evaluation raises, so that Config shows the rule as failed instead of stale results.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from ssm_agent_monitor import compliance, event, fleet, parameters, reporting
from ssm_agent_monitor.clients import Clients, clients
from ssm_agent_monitor.workers import Workers

logger = logging.getLogger(__name__)

# At INFO, botocore says in each new process where it found its credentials.
logging.getLogger("botocore").setLevel(logging.WARNING)


def lambda_handler(raw_event: Any, context: Any) -> dict[str, int]:
    """Evaluate the fleet for one scheduled event of AWS Config.

    Returns how many evaluations of each compliance type were put.

    Raises:
        InvalidEventError, InvalidParameterError: what Config sent is not for this rule.
        OutOfTimeError: Lambda's time-out is near; what was put stays, and the next run goes on.
        EvaluationsFailedError, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: an API
            failed for good; what was put stays, and the next run goes on.
    """
    return run(event.parse(raw_event), clients(), lambda: context.get_remaining_time_in_millis() / 1000)


def run(scheduled: event.ScheduledEvent, aws: Clients, time_left: Callable[[], float]) -> dict[str, int]:
    """One whole run with the given clients; `time_left` tells the seconds until the function is killed."""
    settings = parameters.parse(scheduled.rule_parameters)

    def progress() -> str:
        return (
            f"reading {reader.instances} running instances, {reader.agents} agents and {reporter.results} "
            f"last results, and putting {reporter.evaluations} evaluations"
        )

    with Workers(settings.concurrent_calls, time_left, progress) as workers:
        reader = fleet.Reader(workers, aws.ec2, aws.ssm)
        reporter = reporting.Reporter(workers, aws.config, scheduled)
        reading = workers.submit(reporter.last_results)
        current = reader.start()()
        [last_results] = workers.results([reading])
        evaluations = compliance.decide(current, last_results, settings, scheduled.account_id)
        if accused := compliance.newly_accused(evaluations, last_results):
            current = reader.look_again(current, accused)
        if not current.running:
            last_results |= reporter.account_result()
        evaluations = compliance.decide(current, last_results, settings, scheduled.account_id)
        reporter.put(evaluations)
    counts = dict(Counter(evaluation.compliance_type.value for evaluation in evaluations))
    logger.info(
        "evaluated",
        extra={"rule": scheduled.rule_name, "running": len(current.running), "evaluations": counts},
    )
    return counts
