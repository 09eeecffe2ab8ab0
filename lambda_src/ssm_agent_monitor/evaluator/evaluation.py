"""One evaluation of the fleet: read, read again what may be wrong, decide, announce, put."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ssm_agent_monitor.evaluator import announcement, decision, event_bus, recorder_check, settings
from ssm_agent_monitor.evaluator.clients import Clients
from ssm_agent_monitor.evaluator.decision import Decision
from ssm_agent_monitor.evaluator.event import ScheduledEvent
from ssm_agent_monitor.evaluator.fleet import Reader
from ssm_agent_monitor.evaluator.models import ResourceType
from ssm_agent_monitor.evaluator.results import Results
from ssm_agent_monitor.evaluator.settings import NotificationMode, Settings
from ssm_agent_monitor.evaluator.workers import Workers

logger = logging.getLogger(__name__)


@dataclass
class Process:
    """What a process remembers of its last run that succeeded, so that a warning isn't logged in each run."""

    has_run: bool = False
    unreadable_silences: Mapping[str, str] = field(default_factory=dict)


def run(
    event: ScheduledEvent, aws: Clients, time_left: Callable[[], float], process: Process
) -> dict[str, int]:
    """One whole run with the given clients; returns how many evaluations of each compliance type were put.

    `time_left` tells the seconds until the function is killed.
    """
    time_given = time_left()
    parsed, now = settings.parse(event.rule_parameters), event.triggered_at
    with Workers(parsed.concurrent_calls, time_left) as workers:
        reader, results = Reader(workers, aws, parsed), Results(workers, aws.config, event)
        reading = workers.submit(results.last)
        fleet = reader.read()
        [last] = workers.results([reading])
        suspects = decision.suspects(fleet, last, parsed, now)
        fleet = reader.recheck(fleet, suspects.recheck, suspects.describe)
        is_first = not fleet.running and not last and results.is_first()
        decided = decision.decide(fleet, last, parsed, now, event.account_id, is_first=is_first)
        checking = []
        if parsed.notification_mode is NotificationMode.INSTANCE and (decided.lost or not process.has_run):
            nodes = [ResourceType.MANAGED_NODE] if parsed.hybrid_nodes else []
            types = [ResourceType.INSTANCE, *nodes]
            checking.append(workers.submit(recorder_check.warn, aws.config, types))
        _announce(decided, parsed, event, aws, workers)
        results.put(decided.evaluations)
        for each in checking:
            workers.optional(each)
    put = dict(Counter(evaluation.compliance_type.value for evaluation in decided.evaluations))
    _log_findings(decided, process)
    logger.info(
        "evaluated",
        extra={
            "rule": event.rule_name,
            "running": len(fleet.running),
            "hybrid": len(fleet.nodes),
            **decided.counts,
            "evaluations": put,
            "seconds": round(time_given - time_left(), 3),
        },
    )
    process.has_run, process.unreadable_silences = True, decided.unreadable_silences
    return put


def _announce(
    decided: Decision, parsed: Settings, event: ScheduledEvent, aws: Clients, workers: Workers
) -> None:
    """Announce what has changed, before it is put: a run that is killed in between announces it again.

    The other way round, the next run would find these results in Config, and nobody would be notified.
    """
    if parsed.notification_mode is not NotificationMode.DIGEST:
        return
    recovered = decided.recovered if parsed.notify_recovery else []
    if decided.lost or recovered:
        detail = announcement.detail(decided.lost, recovered, event.rule_name, event.triggered_at)
        event_bus.put(workers, aws.events(), detail)
        logger.info("announced", extra={"lost": len(decided.lost), "recovered": len(recovered)})


def _log_findings(decided: Decision, process: Process) -> None:
    """What was put, once it has been, and silence tags that hold no time."""
    for finding in decided.findings:
        logger.info(
            "finding",
            extra={
                "resourceId": finding.resource.resource_id,
                "resourceType": finding.resource.resource_type.value,
                "complianceType": finding.compliance_type.value,
                "cause": finding.cause,
                "annotation": finding.annotation,
            },
        )
    if decided.unreadable_silences and decided.unreadable_silences != process.unreadable_silences:
        logger.warning(
            "These instances are checked, since their silence tag holds no ISO 8601 time: %s",
            ", ".join(f"{each}: {text!r}" for each, text in decided.unreadable_silences.items()),
            extra={"code": "silence-unreadable"},
        )
