"""The decision: from what was read to what Config is told. Pure: no call, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ssm_agent_monitor import causes
from ssm_agent_monitor.models import (
    ACCOUNT,
    INSTANCE,
    Agent,
    ComplianceType,
    Evaluation,
    Fleet,
    LastResult,
    Resource,
)
from ssm_agent_monitor.parameters import Report, Settings

LastResults = Mapping[Resource, LastResult]


def decide(fleet: Fleet, last_results: LastResults, settings: Settings, account_id: str) -> list[Evaluation]:
    """Judge every running instance, and take back results on resources that no longer run.

    `last_results` are the rule's COMPLIANT and NON_COMPLIANT results, and the one on the account if there
    is one. Returned is what is to be put, one evaluation a resource, ordered by resource type and id:
    everything, or what differs from the last results in verdict or cause; a text that differs is no change.
    """
    evaluations: Iterable[Evaluation] = _all(fleet, last_results, account_id)
    if settings.report is Report.CHANGES:
        evaluations = (each for each in evaluations if _is_news(each, last_results.get(each.resource)))
    return sorted(evaluations, key=lambda evaluation: evaluation.resource)


def newly_accused(evaluations: Iterable[Evaluation], last_results: LastResults) -> list[str]:
    """The ids of the instances that are about to become NON_COMPLIANT: those that get a second look."""
    return [
        evaluation.resource.resource_id
        for evaluation in evaluations
        if evaluation.compliance_type is ComplianceType.NON_COMPLIANT
        and _verdict(last_results.get(evaluation.resource)) is not ComplianceType.NON_COMPLIANT
    ]


def _all(fleet: Fleet, last_results: LastResults, account_id: str) -> Iterator[Evaluation]:
    for instance_id in fleet.running:
        yield _judge(instance_id, fleet.agents.get(instance_id))
    if not fleet.running:  # shows in Config that the rule ran
        resource = Resource(ACCOUNT, account_id)
        yield Evaluation(resource, ComplianceType.NOT_APPLICABLE, causes.NOTHING_RUNS)
    for resource, last in last_results.items():
        gone = resource.resource_type == INSTANCE and resource.resource_id not in fleet.running
        if gone and last.compliance_type is not ComplianceType.NOT_APPLICABLE:
            yield Evaluation(resource, ComplianceType.NOT_APPLICABLE, causes.NOT_RUNNING)


def _judge(instance_id: str, agent: Agent | None) -> Evaluation:
    online = agent is not None and agent.is_online
    verdict = ComplianceType.COMPLIANT if online else ComplianceType.NON_COMPLIANT
    return Evaluation(Resource(INSTANCE, instance_id), verdict, causes.of_agent(agent))


def _is_news(evaluation: Evaluation, last: LastResult | None) -> bool:
    return (
        last is None
        or last.compliance_type is not evaluation.compliance_type
        or last.cause != causes.code(evaluation.annotation)
    )


def _verdict(last: LastResult | None) -> ComplianceType | None:
    return last.compliance_type if last else None
