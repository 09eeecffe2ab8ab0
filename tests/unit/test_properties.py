"""Any fleet, any history: what is put leads to exactly the right state, and a second run puts nothing."""

from __future__ import annotations

from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from ssm_agent_monitor.causes import code
from ssm_agent_monitor.compliance import decide
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

ACCOUNT_ID = "123456789012"
CODES = ["online", "connection-lost", "inactive", "never-registered", "not-online", ""]

ids = st.integers(0, 12).map(lambda number: f"i-{number:x}")
agents = st.builds(
    Agent,
    ping_status=st.sampled_from(["Online", "ConnectionLost", "Inactive", "Unheard"]),
    last_ping=st.none() | st.datetimes(timezones=st.just(UTC)),
    version=st.sampled_from([None, "3.3.1611.0", "9" * 100]),
    platform=st.sampled_from([None, "Amazon Linux 2023", "x" * 300, "[online]"]),
)
fleets = st.builds(Fleet, running=st.frozensets(ids), agents=st.dictionaries(ids, agents))
results = st.builds(
    LastResult,
    compliance_type=st.sampled_from([ComplianceType.COMPLIANT, ComplianceType.NON_COMPLIANT]),
    cause=st.sampled_from(CODES),
)
histories = st.dictionaries(st.builds(Resource, st.just(INSTANCE), ids), results)
reports = st.builds(Settings, report=st.sampled_from(Report))


def plain_rule(fleet: Fleet) -> dict[Resource, ComplianceType]:
    """The oracle: what a rule says that knows nothing of history."""
    return {
        Resource(INSTANCE, instance_id): ComplianceType.COMPLIANT
        if instance_id in fleet.agents and fleet.agents[instance_id].ping_status == "Online"
        else ComplianceType.NON_COMPLIANT
        for instance_id in fleet.running
    }


def applied(history: dict[Resource, LastResult], evaluations: list[Evaluation]) -> dict[Resource, LastResult]:
    """What Config shows after the evaluations were put."""
    return history | {
        evaluation.resource: LastResult(evaluation.compliance_type, code(evaluation.annotation))
        for evaluation in evaluations
    }


def read_back(state: dict[Resource, LastResult]) -> dict[Resource, LastResult]:
    """What the next run reads: no NOT_APPLICABLE but the one on the account."""
    return {
        resource: result
        for resource, result in state.items()
        if result.compliance_type is not ComplianceType.NOT_APPLICABLE or resource.resource_type == ACCOUNT
    }


@given(fleets, histories, reports)
def test_what_is_put_leads_to_the_right_state(
    fleet: Fleet, history: dict[Resource, LastResult], settings: Settings
) -> None:
    evaluations = decide(fleet, history, settings, ACCOUNT_ID)
    state = applied(history, evaluations)
    gone = {resource for resource in history if resource.resource_id not in fleet.running}
    right = plain_rule(fleet) | dict.fromkeys(gone, ComplianceType.NOT_APPLICABLE)
    if not fleet.running:
        right[Resource(ACCOUNT, ACCOUNT_ID)] = ComplianceType.NOT_APPLICABLE
    assert {resource: result.compliance_type for resource, result in state.items()} == right


@given(fleets, histories, reports)
def test_a_second_run_puts_nothing(
    fleet: Fleet, history: dict[Resource, LastResult], settings: Settings
) -> None:
    state = applied(history, decide(fleet, history, settings, ACCOUNT_ID))
    assert decide(fleet, read_back(state), Settings(report=Report.CHANGES), ACCOUNT_ID) == []


@given(fleets, histories)
def test_nothing_is_put_twice_and_every_annotation_fits(
    fleet: Fleet, history: dict[Resource, LastResult]
) -> None:
    evaluations = decide(fleet, history, Settings(report=Report.ALL), ACCOUNT_ID)
    assert len({evaluation.resource for evaluation in evaluations}) == len(evaluations)
    for evaluation in evaluations:
        assert 1 <= len(evaluation.annotation) <= 256
        assert code(evaluation.annotation)


@given(fleets)
def test_without_a_history_the_verdicts_are_the_plain_rule_s(fleet: Fleet) -> None:
    evaluations = decide(fleet, {}, Settings(), ACCOUNT_ID)
    verdicts = {
        evaluation.resource: evaluation.compliance_type
        for evaluation in evaluations
        if evaluation.resource.resource_type == INSTANCE
    }
    assert verdicts == plain_rule(fleet)
