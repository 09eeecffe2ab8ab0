"""The decision: from what was read to what Config is told. Pure: no call, no clock.

It is asked twice: `suspects` before what may be wrong is read again, `decide` afterwards, once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ssm_agent_monitor.evaluator import reasons, scope
from ssm_agent_monitor.evaluator.models import (
    Agent,
    ComplianceType,
    Evaluation,
    Fleet,
    LastResult,
    LastResults,
    OnlineAgent,
    Resource,
    ResourceType,
)
from ssm_agent_monitor.evaluator.reasons import Reason
from ssm_agent_monitor.evaluator.settings import Report, Settings
from ssm_agent_monitor.shared.event_lines import ChangeType, MachineLine
from ssm_agent_monitor.shared.times import utc


class Status(StrEnum):
    """How the log counts a machine."""

    COMPLIANT = "compliant"
    NON_COMPLIANT = "nonCompliant"
    IN_GRACE = "inGrace"
    SILENCED = "silenced"
    OUT_OF_SCOPE = "outOfScope"


COMPLIANCE_TYPES = {
    Status.COMPLIANT: ComplianceType.COMPLIANT,
    Status.NON_COMPLIANT: ComplianceType.NON_COMPLIANT,
    Status.SILENCED: ComplianceType.NOT_APPLICABLE,
    Status.OUT_OF_SCOPE: ComplianceType.NOT_APPLICABLE,
}
"""In its grace a machine gets no result: the one that it has, if any, stays."""

IN_GRACE = Reason("", "")


@dataclass(frozen=True, slots=True)
class Suspects:
    """Whom to read again, by id, before anything is said of them.

    `recheck`: instances that are about to become NON_COMPLIANT, and hybrid nodes of which that is true or
    that have a result and were not listed. `describe`: the instances that may be NON_COMPLIANT.
    """

    recheck: frozenset[str]
    describe: frozenset[str]


@dataclass(frozen=True, slots=True)
class Decision:
    """`evaluations`: what is to be put, at most one a resource, ordered by resource type and id.

    `findings`: those of them that are worth a line in the log: all but a COMPLIANT result that is the first
    or says the same again. `lost`: the machines that are NON_COMPLIANT and weren't. `recovered`: those that
    are COMPLIANT and were NON_COMPLIANT; one that is muted, stopped or out of scope now is neither.
    `counts`: the running instances and hybrid nodes by status. `unreadable_silences`: what silence tags hold
    that hold no time, by id, of instances in scope.
    """

    evaluations: list[Evaluation]
    findings: list[Evaluation]
    lost: list[MachineLine]
    recovered: list[MachineLine]
    counts: Mapping[str, int]
    unreadable_silences: Mapping[str, str]


def suspects(fleet: Fleet, last_results: LastResults, settings: Settings, now: datetime) -> Suspects:
    """Who may be NON_COMPLIANT, as far as is known without the instances' details."""
    unresponsive = {
        resource
        for resource, status, _ in _machines(fleet, {}, settings, now)
        if status is Status.NON_COMPLIANT
    }
    new = {each for each in unresponsive if not _was_lost(last_results.get(each))}
    gone = _gone(fleet, last_results, settings) if settings.hybrid_nodes else ()
    missing = {resource for resource, reason in gone if reason is reasons.DEREGISTERED}
    instances = [each for each in unresponsive if each.resource_type is ResourceType.INSTANCE]
    return Suspects(
        frozenset(each.resource_id for each in new | missing),
        frozenset(each.resource_id for each in instances),
    )


def decide(
    fleet: Fleet,
    last_results: LastResults,
    settings: Settings,
    now: datetime,
    account_id: str,
    *,
    is_first: bool = False,
) -> Decision:
    """Check every running instance and hybrid node, and take back results on what is no longer checked.

    `last_results` are the rule's COMPLIANT and NON_COMPLIANT results. What is to be put is everything, or
    what differs from them in compliance or cause; a text that differs is no change. A result of a run that
    Config triggered after `now` is newer than this run, and stays.

    With nothing running, a result on the account shows in Config that the rule ran. It is put if the rule has
    not evaluated before (`is_first`), if results are taken back, or if everything is reported. Config deletes
    NOT_APPLICABLE results after a while: to put one because it is missing would cost an evaluation each run.
    """
    evaluations: list[Evaluation] = []
    counts: Counter[Status] = Counter()
    unreadable: dict[str, str] = {}
    for resource, status, reason in _machines(fleet, last_results, settings, now):
        counts[status] += 1
        last = last_results.get(resource)
        if (compliance := COMPLIANCE_TYPES.get(status)) and _is_put(compliance, reason, last, settings, now):
            evaluations.append(Evaluation(resource, compliance, *reason))
        text = scope.unreadable_silence(resource.resource_id, fleet, settings)
        if text is not None and status is not Status.OUT_OF_SCOPE:
            unreadable[resource.resource_id] = text
    taken_back = [
        Evaluation(resource, ComplianceType.NOT_APPLICABLE, *reason)
        for resource, reason in _gone(fleet, last_results, settings)
        if last_results[resource].triggered_at <= now
    ]
    evaluations += taken_back
    if not fleet.running and (is_first or taken_back or settings.report is Report.ALL):
        account = Resource(ResourceType.ACCOUNT, account_id)
        evaluations.append(Evaluation(account, ComplianceType.NOT_APPLICABLE, *reasons.NOTHING_RUNS))
    evaluations.sort(key=lambda evaluation: evaluation.resource)
    findings: list[Evaluation] = []
    lost: list[MachineLine] = []
    recovered: list[MachineLine] = []
    for put in evaluations:
        last = last_results.get(put.resource)
        was_lost = _was_lost(last)
        if put.compliance_type is ComplianceType.COMPLIANT and was_lost:
            recovered.append(_line(ChangeType.RECOVERED, put, last))
        if put.compliance_type is ComplianceType.NON_COMPLIANT and not was_lost:
            lost.append(_line(ChangeType.LOST, put, last))
        if put.compliance_type is not ComplianceType.COMPLIANT or was_lost:
            findings.append(put)
    counted = {status.value: counts[status] for status in Status}
    return Decision(evaluations, findings, lost, recovered, counted, dict(sorted(unreadable.items())))


def _was_lost(last: LastResult | None) -> bool:
    return last is not None and last.compliance_type is ComplianceType.NON_COMPLIANT


def _machines(
    fleet: Fleet, last_results: LastResults, settings: Settings, now: datetime
) -> Iterator[tuple[Resource, Status, Reason]]:
    """Every machine with its status, and why."""
    for instance_id in fleet.running:
        resource = Resource(ResourceType.INSTANCE, instance_id)
        yield resource, *_instance(instance_id, fleet, last_results.get(resource), settings, now)
    for node_id, agent in fleet.nodes.items():
        yield Resource(ResourceType.MANAGED_NODE, node_id), *_node(agent, settings, now)


def _gone(fleet: Fleet, last_results: LastResults, settings: Settings) -> Iterator[tuple[Resource, Reason]]:
    """Every resource with a result on a machine that is no longer there, and why."""
    for resource in last_results:
        if resource.resource_type is ResourceType.INSTANCE and resource.resource_id not in fleet.running:
            yield resource, reasons.NOT_RUNNING
        elif resource.resource_type is ResourceType.MANAGED_NODE and resource.resource_id not in fleet.nodes:
            left = reasons.DEREGISTERED if settings.hybrid_nodes else reasons.HYBRID_OUT_OF_SCOPE
            yield resource, left


def _instance(
    instance_id: str, fleet: Fleet, last: LastResult | None, settings: Settings, now: datetime
) -> tuple[Status, Reason]:
    agent, details = fleet.agents.get(instance_id), fleet.details.get(instance_id)
    if scope.is_service_managed(instance_id, fleet):
        return Status.OUT_OF_SCOPE, reasons.SERVICE_MANAGED
    if not scope.has_instance(instance_id, fleet, settings):
        return Status.OUT_OF_SCOPE, reasons.OUT_OF_SCOPE
    if until := scope.silenced_until(instance_id, fleet, settings, now):
        return Status.SILENCED, reasons.silenced(until)
    if isinstance(agent, OnlineAgent):
        return Status.COMPLIANT, reasons.ONLINE
    last_ping, launched = agent.last_ping if agent else None, details.launched if details else None
    if scope.is_in_grace(settings, now, last_ping, launched):
        return Status.IN_GRACE, IN_GRACE
    return Status.NON_COMPLIANT, reasons.of_instance(agent, details, fleet.default_host_management, last)


def _node(agent: Agent, settings: Settings, now: datetime) -> tuple[Status, Reason]:
    if not scope.has_platform(agent, None, settings):
        return Status.OUT_OF_SCOPE, reasons.HYBRID_OUT_OF_SCOPE
    if isinstance(agent, OnlineAgent):
        return Status.COMPLIANT, reasons.ONLINE
    if scope.is_in_grace(settings, now, agent.last_ping):
        return Status.IN_GRACE, IN_GRACE
    return Status.NON_COMPLIANT, reasons.of_agent(agent)


def _is_put(
    compliance: ComplianceType, reason: Reason, last: LastResult | None, settings: Settings, now: datetime
) -> bool:
    """Whether a machine's result is put; NOT_APPLICABLE only takes a result back."""
    if last is None:
        return compliance is not ComplianceType.NOT_APPLICABLE
    if last.triggered_at > now:
        return False
    is_same = (last.compliance_type, last.cause) == (compliance, reason.cause)
    return not is_same or settings.report is Report.ALL


def _line(change: ChangeType, put: Evaluation, last: LastResult | None) -> MachineLine:
    """What is told of a change, in the words of the result that says why the machine is or was lost."""
    replaced = f"{last.compliance_type} {utc(last.triggered_at)}" if last else ""
    annotation = last.annotation if last and change is ChangeType.RECOVERED else put.annotation
    return MachineLine(change, put.resource.resource_id, replaced, annotation)
