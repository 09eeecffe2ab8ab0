from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from ssm_agent_monitor.compliance import decide, newly_accused
from ssm_agent_monitor.models import ACCOUNT, INSTANCE, Agent, ComplianceType, Fleet, LastResult, Resource
from ssm_agent_monitor.parameters import Report, Settings

ACCOUNT_ID = "123456789012"
COMPLIANT = LastResult(ComplianceType.COMPLIANT, "online")
LOST = LastResult(ComplianceType.NON_COMPLIANT, "connection-lost")

Verdicts = dict[tuple[str, str], str]


def verdicts(
    running: Iterable[str],
    agents: Mapping[str, str],
    last_results: Mapping[str, LastResult] | None = None,
    report: Report = Report.CHANGES,
    resource_type: str = INSTANCE,
) -> Verdicts:
    fleet = Fleet(frozenset(running), {instance_id: Agent(status) for instance_id, status in agents.items()})
    last = {
        Resource(resource_type, resource_id): result for resource_id, result in (last_results or {}).items()
    }
    evaluations = decide(fleet, last, Settings(report=report), ACCOUNT_ID)
    assert len({evaluation.resource for evaluation in evaluations}) == len(evaluations)
    return {
        (evaluation.resource.resource_type, evaluation.resource.resource_id): evaluation.compliance_type.value
        for evaluation in evaluations
    }


def test_only_online_is_compliant() -> None:
    agents = {"i-1": "Online", "i-2": "ConnectionLost", "i-3": "Inactive", "i-4": "SomethingNew"}
    assert verdicts(["i-1", "i-2", "i-3", "i-4", "i-5"], agents) == {
        (INSTANCE, "i-1"): "COMPLIANT",
        (INSTANCE, "i-2"): "NON_COMPLIANT",
        (INSTANCE, "i-3"): "NON_COMPLIANT",
        (INSTANCE, "i-4"): "NON_COMPLIANT",
        (INSTANCE, "i-5"): "NON_COMPLIANT",
    }


def test_agents_of_what_does_not_run_here_are_no_business_of_the_rule() -> None:
    agents = {"i-1": "Online", "i-stopped": "ConnectionLost", "mi-1": "ConnectionLost"}
    assert verdicts(["i-1"], agents) == {(INSTANCE, "i-1"): "COMPLIANT"}


@pytest.mark.parametrize(
    ("status", "last", "expected"),
    [
        ("Online", COMPLIANT, None),
        ("ConnectionLost", LOST, None),
        ("Online", LOST, "COMPLIANT"),
        ("ConnectionLost", COMPLIANT, "NON_COMPLIANT"),
        ("Inactive", LOST, "NON_COMPLIANT"),
        (None, LOST, "NON_COMPLIANT"),
        ("ConnectionLost", LastResult(ComplianceType.NON_COMPLIANT, ""), "NON_COMPLIANT"),
    ],
)
def test_a_changed_verdict_or_cause_is_put(
    status: str | None, last: LastResult, expected: str | None
) -> None:
    agents = {"i-1": status} if status else {}
    changes = verdicts(["i-1"], agents, {"i-1": last})
    assert changes.get((INSTANCE, "i-1")) == expected
    everything = verdicts(["i-1"], agents, {"i-1": last}, Report.ALL)
    assert everything == {(INSTANCE, "i-1"): "COMPLIANT" if status == "Online" else "NON_COMPLIANT"}


@pytest.mark.parametrize("report", Report)
def test_a_result_on_what_no_longer_runs_is_taken_back(report: Report) -> None:
    assert verdicts(["i-1"], {"i-1": "Online"}, {"i-gone": LOST, "i-too": COMPLIANT}, report) == {
        (INSTANCE, "i-1"): "COMPLIANT",
        (INSTANCE, "i-gone"): "NOT_APPLICABLE",
        (INSTANCE, "i-too"): "NOT_APPLICABLE",
    }


def test_results_on_other_types_are_left_alone() -> None:
    other = verdicts(["i-1"], {"i-1": "Online"}, {"x": LOST}, resource_type="AWS::Other::Type")
    assert other == {(INSTANCE, "i-1"): "COMPLIANT"}


def test_an_empty_account_shows_once_that_the_rule_ran() -> None:
    assert verdicts([], {}) == {(ACCOUNT, ACCOUNT_ID): "NOT_APPLICABLE"}
    shown = {ACCOUNT_ID: LastResult(ComplianceType.NOT_APPLICABLE, "nothing-running")}
    assert verdicts([], {}, shown, resource_type=ACCOUNT) == {}
    assert verdicts([], {}, shown, Report.ALL, ACCOUNT) == {(ACCOUNT, ACCOUNT_ID): "NOT_APPLICABLE"}


def test_the_last_instance_that_went_is_taken_back_too() -> None:
    assert verdicts([], {}, {"i-gone": LOST}) == {
        (ACCOUNT, ACCOUNT_ID): "NOT_APPLICABLE",
        (INSTANCE, "i-gone"): "NOT_APPLICABLE",
    }


@pytest.mark.parametrize("last", [None, COMPLIANT, LOST])
def test_only_the_newly_accused_get_a_second_look(last: LastResult | None) -> None:
    fleet = Fleet(frozenset({"i-1", "i-2"}), {"i-2": Agent("Online")})
    results = {Resource(INSTANCE, "i-1"): last} if last else {}
    evaluations = decide(fleet, results, Settings(), ACCOUNT_ID)
    assert newly_accused(evaluations, results) == ([] if last is LOST else ["i-1"])
