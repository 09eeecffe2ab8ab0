from __future__ import annotations

from collections.abc import Iterable, Mapping

from ssm_agent_monitor.compliance import decide
from ssm_agent_monitor.models import ACCOUNT, INSTANCE, Agent, Fleet, Resource

ACCOUNT_ID = "123456789012"


def verdicts(
    running: Iterable[str], agents: Mapping[str, str], results: Iterable[Resource] = ()
) -> dict[tuple[str, str], str]:
    fleet = Fleet(frozenset(running), {instance_id: Agent(status) for instance_id, status in agents.items()})
    evaluations = decide(fleet, results, ACCOUNT_ID)
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


def test_a_result_on_what_no_longer_runs_is_taken_back() -> None:
    results = [Resource(INSTANCE, "i-1"), Resource(INSTANCE, "i-gone"), Resource("AWS::Other::Type", "x")]
    assert verdicts(["i-1"], {"i-1": "Online"}, results) == {
        (INSTANCE, "i-1"): "COMPLIANT",
        (INSTANCE, "i-gone"): "NOT_APPLICABLE",
    }


def test_an_empty_account_shows_that_the_rule_ran() -> None:
    assert verdicts([], {}) == {(ACCOUNT, ACCOUNT_ID): "NOT_APPLICABLE"}


def test_the_last_instance_that_went_is_taken_back_too() -> None:
    assert verdicts([], {}, [Resource(INSTANCE, "i-gone")]) == {
        (ACCOUNT, ACCOUNT_ID): "NOT_APPLICABLE",
        (INSTANCE, "i-gone"): "NOT_APPLICABLE",
    }
