"""The Lambda function's entry: reads, decides, reports.

Whatever prevents a full evaluation raises, so that Config shows the rule as failed instead of stale results.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from ssm_agent_monitor import (
    causes,
    compliance,
    event,
    fleet,
    models,
    parameters,
    recorder,
    reporting,
    scope,
)
from ssm_agent_monitor.clients import Clients, clients
from ssm_agent_monitor.workers import Workers

logger = logging.getLogger(__name__)

# At INFO, botocore says in each new process where it found its credentials.
logging.getLogger("botocore").setLevel(logging.WARNING)

has_run = threading.Event()
"""Set once a run has succeeded in this process: until then the recorder is checked."""


def lambda_handler(raw_event: Any, context: Any) -> dict[str, int]:
    """Evaluate the fleet for one scheduled event of AWS Config.

    Returns how many evaluations of each compliance type were put.

    Raises:
        InvalidEventError, InvalidParameterError: what Config sent is not for this rule.
        OutOfTimeError: Lambda's time-out is near; what was put stays, and the next run goes on.
        EvaluationsFailedError, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: an API
            failed for good; what was put stays, and the next run goes on.
    """

    def time_left() -> float:
        return float(context.get_remaining_time_in_millis() / 1000)

    counts = run(event.parse(raw_event), clients(), time_left, is_first=not has_run.is_set())
    has_run.set()
    return counts


def run(
    scheduled: event.ScheduledEvent, aws: Clients, time_left: Callable[[], float], *, is_first: bool = False
) -> dict[str, int]:
    """One whole run with the given clients.

    `time_left` tells the seconds until the function is killed. The process's first run checks the recorder.
    """
    begin = time.monotonic()
    settings = parameters.parse(scheduled.rule_parameters)
    now = scheduled.triggered_at

    def progress() -> str:
        return (
            f"reading {reader.instances} running instances, {reader.agents} agents and {reporter.results} "
            f"last results, and putting {reporter.evaluations} evaluations"
        )

    with Workers(settings.concurrent_calls, time_left, progress) as workers:
        reader = fleet.Reader(workers, aws.ec2, aws.ssm, settings)
        reporter = reporting.Reporter(workers, aws.config, scheduled)
        reading = workers.submit(reporter.last_results)
        current = reader.start()()
        [last_results] = workers.results([reading])
        silent = compliance.silent(current, settings, now)
        again = compliance.to_look_up_again(silent, current, last_results, settings, now)
        current = reader.look_closer(current, silent, again)
        if not current.running:
            last_results |= reporter.account_result()
        decision = compliance.decide(current, last_results, settings, scheduled.account_id, now)
        if is_first or compliance.accuses_anew(decision.evaluations, last_results):
            workers.submit(recorder.warn, aws.config, _judged_types(settings))  # a warning fails no run
        _log_unreadable_silences(scope.unreadable_silences(current, settings))
        _log_findings(compliance.findings(decision.evaluations, last_results))
        reporter.put(decision.evaluations)
    put = dict(Counter(evaluation.compliance_type.value for evaluation in decision.evaluations))
    logger.info(
        "evaluated",
        extra={
            "rule": scheduled.rule_name,
            "running": len(current.running),
            "hybrid": len(current.nodes),
            **decision.standings,
            "evaluations": put,
            "seconds": round(time.monotonic() - begin, 3),
        },
    )
    return put


def _judged_types(settings: parameters.Settings) -> list[str]:
    return [models.INSTANCE, models.NODE] if settings.hybrid_nodes else [models.INSTANCE]


def _log_unreadable_silences(unreadable: Iterable[str]) -> None:
    if texts := list(unreadable):
        logger.warning(
            "These instances are judged, since their silence tag holds no ISO 8601 time: %s",
            ", ".join(texts),
            extra={"code": "silence-unreadable"},
        )


def _log_findings(findings: Iterable[models.Evaluation]) -> None:
    for finding in findings:
        logger.info(
            "finding",
            extra={
                "resourceId": finding.resource.resource_id,
                "resourceType": finding.resource.resource_type,
                "complianceType": finding.compliance_type.value,
                "cause": causes.code(finding.annotation),
                "annotation": finding.annotation,
            },
        )
