"""The decision: from what was read to what Config is told. Pure: no call, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ssm_agent_monitor import causes, scope
from ssm_agent_monitor.models import (
    ACCOUNT,
    INSTANCE,
    NODE,
    Agent,
    ComplianceType,
    Evaluation,
    Fleet,
    LastResult,
    Resource,
)
from ssm_agent_monitor.parameters import Report, Settings

LastResults = Mapping[Resource, LastResult]


class Standing(StrEnum):
    """How a machine stands with the rule, as the log counts it."""

    COMPLIANT = "compliant"
    NON_COMPLIANT = "nonCompliant"
    IN_GRACE = "inGrace"
    SILENCED = "silenced"
    OUT_OF_SCOPE = "outOfScope"
    GONE = "gone"


VERDICTS = {
    Standing.COMPLIANT: ComplianceType.COMPLIANT,
    Standing.NON_COMPLIANT: ComplianceType.NON_COMPLIANT,
    Standing.SILENCED: ComplianceType.NOT_APPLICABLE,
    Standing.OUT_OF_SCOPE: ComplianceType.NOT_APPLICABLE,
    Standing.GONE: ComplianceType.NOT_APPLICABLE,
}
"""In its grace a machine gets no verdict: the result that it has, if any, stays."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`evaluations`: what is to be put, one a resource, ordered by resource type and id.

    `standings`: how many running instances and hybrid nodes stand how, by the standing's name.
    """

    evaluations: list[Evaluation]
    standings: Mapping[str, int]


def decide(
    fleet: Fleet, last_results: LastResults, settings: Settings, account_id: str, now: datetime
) -> Decision:
    """Judge every running instance and hybrid node, and take back results on what is no longer judged.

    `last_results` are the rule's COMPLIANT and NON_COMPLIANT results, and the one on the account if there
    is one. What is to be put is everything, or what differs from the last results in verdict or cause; a
    text that differs is no change.
    """
    evaluations: list[Evaluation] = []
    standings: Counter[Standing] = Counter()

    def add(evaluation: Evaluation) -> None:
        if settings.report is Report.ALL or _is_news(evaluation, last_results.get(evaluation.resource)):
            evaluations.append(evaluation)

    for resource, standing, annotation in _judge(fleet, last_results, settings, now):
        standings[standing] += 1
        verdict = VERDICTS.get(standing)
        takes_back = verdict is ComplianceType.NOT_APPLICABLE
        if verdict and not (takes_back and _verdict(last_results.get(resource)) in (None, verdict)):
            add(Evaluation(resource, verdict, annotation))
    if not fleet.running:  # shows in Config that the rule ran
        add(Evaluation(Resource(ACCOUNT, account_id), ComplianceType.NOT_APPLICABLE, causes.NOTHING_RUNS))
    return Decision(
        sorted(evaluations, key=lambda evaluation: evaluation.resource),
        {standing.value: standings[standing] for standing in Standing if standing is not Standing.GONE},
    )


def silent(fleet: Fleet, settings: Settings, now: datetime) -> list[str]:
    """The instances that may be NON_COMPLIANT, as far as is known without their details."""
    none: LastResults = {}
    return [
        instance_id
        for instance_id in fleet.running
        if _judge_instance(instance_id, fleet, none, settings, now)[0] is Standing.NON_COMPLIANT
    ]


def to_look_up_again(
    silent_instances: Iterable[str],
    fleet: Fleet,
    last_results: LastResults,
    settings: Settings,
    now: datetime,
) -> list[str]:
    """Whom Systems Manager is asked about once more, by id.

    Those that are about to become NON_COMPLIANT, and hybrid nodes that have a result and were not listed.
    """
    instances = (Resource(INSTANCE, instance_id) for instance_id in silent_instances)
    nodes = (
        Resource(NODE, node_id)
        for node_id, agent in fleet.nodes.items()
        if _judge_node(agent, settings, now)[0] is Standing.NON_COMPLIANT
    )
    accused = [
        resource.resource_id
        for resource in (*instances, *nodes)
        if _verdict(last_results.get(resource)) is not ComplianceType.NON_COMPLIANT
    ]
    if not settings.hybrid_nodes:
        return accused
    return accused + [
        resource.resource_id
        for resource in last_results
        if resource.resource_type == NODE and resource.resource_id not in fleet.nodes
    ]


def findings(evaluations: Iterable[Evaluation], last_results: LastResults) -> Iterator[Evaluation]:
    """What is worth a line in the log: all but a COMPLIANT verdict that is the first or says it again."""
    for evaluation in evaluations:
        last = _verdict(last_results.get(evaluation.resource))
        if evaluation.compliance_type is not ComplianceType.COMPLIANT or last not in (
            None,
            ComplianceType.COMPLIANT,
        ):
            yield evaluation


def accuses_anew(evaluations: Iterable[Evaluation], last_results: LastResults) -> bool:
    """Whether a machine becomes NON_COMPLIANT that wasn't."""
    return any(
        evaluation.compliance_type is ComplianceType.NON_COMPLIANT
        and _verdict(last_results.get(evaluation.resource)) is not ComplianceType.NON_COMPLIANT
        for evaluation in evaluations
    )


def _judge(
    fleet: Fleet, last_results: LastResults, settings: Settings, now: datetime
) -> Iterator[tuple[Resource, Standing, str]]:
    """Every machine, and every resource with a result on a machine that is no longer there."""
    for instance_id in fleet.running:
        yield (
            Resource(INSTANCE, instance_id),
            *_judge_instance(instance_id, fleet, last_results, settings, now),
        )
    for node_id, agent in fleet.nodes.items():
        yield Resource(NODE, node_id), *_judge_node(agent, settings, now)
    for resource in last_results:
        if resource.resource_type == INSTANCE and resource.resource_id not in fleet.running:
            yield resource, Standing.GONE, causes.NOT_RUNNING
        elif resource.resource_type == NODE and resource.resource_id not in fleet.nodes:
            why = causes.DEREGISTERED if settings.hybrid_nodes else causes.HYBRID_OUT_OF_SCOPE
            yield resource, Standing.GONE, why


def _judge_instance(
    instance_id: str, fleet: Fleet, last_results: LastResults, settings: Settings, now: datetime
) -> tuple[Standing, str]:
    agent, details = fleet.agents.get(instance_id), fleet.details.get(instance_id)
    if not scope.has_instance(instance_id, fleet, settings):
        return Standing.OUT_OF_SCOPE, causes.OUT_OF_SCOPE
    if until := scope.silenced_until(instance_id, fleet, settings, now):
        return Standing.SILENCED, causes.silenced(until)
    if agent and agent.is_online:
        return Standing.COMPLIANT, causes.ONLINE
    last_ping, launched = agent.last_ping if agent else None, details.launched if details else None
    if scope.is_in_grace(settings, now, last_ping, launched):
        return Standing.IN_GRACE, ""
    last = last_results.get(Resource(INSTANCE, instance_id))
    words = causes.of_instance(agent, details, fleet.default_host_management, last.cause if last else "")
    return Standing.NON_COMPLIANT, words


def _judge_node(agent: Agent, settings: Settings, now: datetime) -> tuple[Standing, str]:
    if not scope.has_platform(agent, None, settings):
        return Standing.OUT_OF_SCOPE, causes.HYBRID_OUT_OF_SCOPE
    if agent.is_online:
        return Standing.COMPLIANT, causes.ONLINE
    if scope.is_in_grace(settings, now, agent.last_ping):
        return Standing.IN_GRACE, ""
    return Standing.NON_COMPLIANT, causes.of_agent(agent)


def _is_news(evaluation: Evaluation, last: LastResult | None) -> bool:
    return (
        last is None
        or last.compliance_type is not evaluation.compliance_type
        or last.cause != causes.code(evaluation.annotation)
    )


def _verdict(last: LastResult | None) -> ComplianceType | None:
    return last.compliance_type if last else None
