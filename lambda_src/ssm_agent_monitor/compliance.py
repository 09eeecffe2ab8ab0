"""The decision: from what was read to what Config is told. Pure: no call, no clock."""

from __future__ import annotations

from collections.abc import Iterable

from ssm_agent_monitor import causes
from ssm_agent_monitor.models import (
    ACCOUNT,
    INSTANCE,
    Agent,
    ComplianceType,
    Evaluation,
    Fleet,
    Resource,
)


def decide(fleet: Fleet, last_results: Iterable[Resource], account_id: str) -> list[Evaluation]:
    """Judge every running instance, and take back results on resources that no longer run.

    `last_results` are the resources on which the rule has a COMPLIANT or NON_COMPLIANT result. The
    evaluations are in the order of resource type and id, one a resource. When nothing runs there is
    one on the account, which shows in Config that the rule ran.
    """
    evaluations = [_judge(instance_id, fleet.agents.get(instance_id)) for instance_id in fleet.running]
    if not evaluations:
        evaluations.append(
            Evaluation(Resource(ACCOUNT, account_id), ComplianceType.NOT_APPLICABLE, causes.NOTHING_RUNS)
        )
    evaluations.extend(
        Evaluation(resource, ComplianceType.NOT_APPLICABLE, causes.NOT_RUNNING)
        for resource in set(last_results)
        if resource.resource_type == INSTANCE and resource.resource_id not in fleet.running
    )
    return sorted(evaluations, key=lambda evaluation: evaluation.resource)


def _judge(instance_id: str, agent: Agent | None) -> Evaluation:
    online = agent is not None and agent.is_online
    verdict = ComplianceType.COMPLIANT if online else ComplianceType.NON_COMPLIANT
    return Evaluation(Resource(INSTANCE, instance_id), verdict, causes.of_agent(agent))
