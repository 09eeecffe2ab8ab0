"""The Lambda function's entry: reads, decides, reports.

Whatever prevents a full evaluation raises, so that Config shows the rule as failed instead of stale results.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from ssm_agent_monitor import compliance, event, fleet, parameters, reporting

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clients:
    """The boto3 clients that one run needs, all for the function's own account and Region."""

    ec2: Any
    ssm: Any
    config: Any


@cache
def clients() -> Clients:
    """Make the clients once; the Lambda runtime keeps them between invocations."""
    session = boto3.session.Session()
    settings = Config(retries={"mode": "adaptive", "total_max_attempts": 8})
    return Clients(*(session.client(service, config=settings) for service in ("ec2", "ssm", "config")))


def lambda_handler(raw_event: Any, context: Any) -> dict[str, int]:
    """Evaluate the fleet for one scheduled event of AWS Config.

    Returns how many evaluations of each compliance type were put.

    Raises:
        InvalidEventError, InvalidParameterError: what Config sent is not for this rule.
        EvaluationsFailedError, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: an API
            failed for good; what was put stays, and the next run starts afresh.
    """
    return run(event.parse(raw_event), clients())


def run(scheduled: event.ScheduledEvent, aws: Clients) -> dict[str, int]:
    """One whole run with the given clients; returns the number of evaluations by compliance type."""
    parameters.check(scheduled.rule_parameters)
    read = fleet.read(aws.ec2, aws.ssm)
    last_results = reporting.last_results(aws.config, scheduled.rule_name)
    evaluations = compliance.decide(read, last_results, scheduled.account_id)
    reporting.put(aws.config, scheduled, evaluations)
    counts = dict(Counter(evaluation.compliance_type.value for evaluation in evaluations))
    logger.info(
        "evaluated", extra={"rule": scheduled.rule_name, "running": len(read.running), "evaluations": counts}
    )
    return counts
