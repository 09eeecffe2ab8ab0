from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from ssm_agent_monitor.evaluator import decision
from ssm_agent_monitor.evaluator.models import (
    Agent,
    ComplianceType,
    Fleet,
    LastResult,
    OnlineAgent,
    Resource,
    ResourceType,
    UnresponsiveAgent,
)
from ssm_agent_monitor.evaluator.settings import Report, Settings
from ssm_agent_monitor.shared.annotation import cause_of
from ssm_agent_monitor.shared.event_lines import ChangeType, MachineLine

ACCOUNT_ID = "123456789012"
INSTANCE, NODE, ACCOUNT = ResourceType.INSTANCE, ResourceType.MANAGED_NODE, ResourceType.ACCOUNT
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)
JUST_NOW = NOW - timedelta(minutes=15)
COMPLIANT = LastResult(ComplianceType.COMPLIANT, "online", LONG_AGO, "Online [online]")
UNRESPONSIVE = UnresponsiveAgent("ConnectionLost", LONG_AGO)
LOST = LastResult(ComplianceType.NON_COMPLIANT, "connection-lost", LONG_AGO, "Words [connection-lost]")


@pytest.mark.parametrize(
    ("agent", "last", "expected"),
    [
        (OnlineAgent(), COMPLIANT, None),
        (UNRESPONSIVE, LOST, None),
        (OnlineAgent(), LOST, "COMPLIANT"),
        (UNRESPONSIVE, COMPLIANT, "NON_COMPLIANT"),
        (UnresponsiveAgent("Inactive"), LOST, "NON_COMPLIANT"),
        (None, LOST, "NON_COMPLIANT"),
        (UNRESPONSIVE, LastResult(ComplianceType.NON_COMPLIANT, "", LONG_AGO), "NON_COMPLIANT"),
    ],
)
def test_a_changed_result_or_cause_is_put(
    agent: Agent | None, last: LastResult, expected: str | None
) -> None:
    fleet = Fleet(frozenset({"i-1"}), {"i-1": agent} if agent else {})
    last_results = {Resource(INSTANCE, "i-1"): last}
    everything = expected or last.compliance_type.value
    for report, right in ((Report.CHANGES, [expected] if expected else []), (Report.ALL, [everything])):
        decided = decision.decide(fleet, last_results, Settings(report=report), NOW, ACCOUNT_ID)
        assert [each.compliance_type.value for each in decided.evaluations] == right


EMPTY = Fleet(frozenset(), {})


@pytest.mark.parametrize(
    ("last", "report", "is_first", "expected"),
    [
        ({}, Report.CHANGES, True, [ACCOUNT]),
        ({}, Report.CHANGES, False, []),
        ({}, Report.ALL, False, [ACCOUNT]),
        ({Resource(INSTANCE, "i-gone"): LOST}, Report.CHANGES, False, [ACCOUNT, INSTANCE]),
    ],
)
def test_with_nothing_running_the_account_shows_that_the_rule_ran(
    last: Mapping[Resource, LastResult], report: Report, is_first: bool, expected: list[ResourceType]
) -> None:
    """In its first run and when results are taken back; not again when Config has deleted it."""
    decided = decision.decide(EMPTY, last, Settings(report=report), NOW, ACCOUNT_ID, is_first=is_first)
    assert [each.resource.resource_type for each in decided.evaluations] == expected
    assert {each.compliance_type.value for each in decided.evaluations} <= {"NOT_APPLICABLE"}


def test_a_silence_tag_is_warned_of_only_in_scope() -> None:
    settings = Settings(silence_tag="Silence", exclude_tags={"Spot": ()})
    fleet = Fleet(
        frozenset({"i-1", "i-2", "i-3"}),
        {},
        tags={
            "Silence": {"i-1": "soon", "i-2": "soon", "i-3": "2030-01-01", "i-stopped": ""},
            "Spot": {"i-2": ""},
        },
    )
    assert decision.decide(fleet, {}, settings, NOW, ACCOUNT_ID).unreadable_silences == {"i-1": "soon"}


@pytest.mark.parametrize("last", [None, COMPLIANT, LOST])
def test_only_who_is_about_to_become_non_compliant_is_rechecked(last: LastResult | None) -> None:
    fleet = Fleet(frozenset({"i-1", "i-2"}), {"i-2": OnlineAgent()}, nodes={"mi-1": UNRESPONSIVE})
    last_results = {Resource(INSTANCE, "i-1"): last, Resource(NODE, "mi-1"): last} if last else {}
    suspects = decision.suspects(fleet, last_results, Settings(hybrid_nodes=True), NOW)
    assert suspects.describe == {"i-1"}
    assert suspects.recheck == (set() if last is LOST else {"i-1", "mi-1"})


def test_a_node_that_was_not_listed_is_rechecked_before_it_counts_as_deregistered() -> None:
    last_results = {Resource(NODE, "mi-1"): LOST}
    for settings, expected in ((Settings(hybrid_nodes=True), {"mi-1"}), (Settings(), set())):
        assert decision.suspects(EMPTY, last_results, settings, NOW).recheck == expected


def test_only_instances_are_described_that_may_be_non_compliant() -> None:
    agents: dict[str, Agent] = {
        "i-online": OnlineAgent(),
        "i-lost": UNRESPONSIVE,
        "i-pinged": UnresponsiveAgent("ConnectionLost", JUST_NOW),
        "i-out": UNRESPONSIVE,
        "i-quiet": UNRESPONSIVE,
        "i-windows": UnresponsiveAgent("ConnectionLost", LONG_AGO, platform_type="windows"),
    }
    fleet = Fleet(
        frozenset({*agents, "i-never", "i-managed"}),
        agents,
        tags={"Spot": {"i-out": ""}, "Silence": {"i-quiet": "2027-01-01"}},
        service_managed=frozenset({"i-managed"}),
    )
    settings = Settings(exclude_tags={"Spot": ()}, silence_tag="Silence", platforms=frozenset({"linux"}))
    assert decision.suspects(fleet, {}, settings, NOW).describe == {"i-lost", "i-never"}


def test_the_log_names_what_a_person_would_look_at() -> None:
    agents: dict[str, Agent] = {
        "i-first": OnlineAgent(),
        "i-same": OnlineAgent(),
        "i-back": OnlineAgent(),
        "i-lost": UNRESPONSIVE,
        "i-still": UNRESPONSIVE,
    }
    last = {"i-same": COMPLIANT, "i-back": LOST, "i-still": LOST, "i-gone": COMPLIANT}
    last_results = {Resource(INSTANCE, each): result for each, result in last.items()}
    settings = Settings(report=Report.ALL)
    decided = decision.decide(Fleet(frozenset(agents), agents), last_results, settings, NOW, ACCOUNT_ID)
    findings = [each.resource.resource_id for each in decided.findings]
    assert findings == ["i-back", "i-gone", "i-lost", "i-still"]


def test_who_was_lost_and_who_is_back() -> None:
    """Who is muted, stopped, terminated, out of scope, in its grace or lost for another cause is neither."""
    agents: dict[str, Agent] = {
        "i-back": OnlineAgent(),
        "i-lost": UNRESPONSIVE,
        "i-muted": OnlineAgent(),
        "i-out": OnlineAgent(),
        "i-pinged": UnresponsiveAgent("ConnectionLost", JUST_NOW),
        "i-still": UnresponsiveAgent("Inactive", LONG_AGO),
    }
    last = dict.fromkeys((*agents, "i-gone"), LOST) | {"i-lost": COMPLIANT}
    last_results = {Resource(INSTANCE, each): result for each, result in last.items()}
    fleet = Fleet(
        frozenset({*agents, "i-never"}),
        agents,
        tags={"Silence": {"i-muted": "2027-01-01"}, "Spot": {"i-out": ""}},
        nodes={"mi-lost": UNRESPONSIVE},
    )
    settings = Settings(silence_tag="Silence", exclude_tags={"Spot": ()}, hybrid_nodes=True)
    decided = decision.decide(fleet, last_results, settings, NOW, ACCOUNT_ID)
    lost = [(each.change, each.machine_id, each.replaced, cause_of(each.annotation)) for each in decided.lost]
    assert lost == [
        (ChangeType.LOST, "i-lost", "COMPLIANT 2026-02-28T10:00:00Z", "connection-lost"),
        (ChangeType.LOST, "i-never", "", "never-registered"),
        (ChangeType.LOST, "mi-lost", "", "connection-lost"),
    ]
    replaced = "NON_COMPLIANT 2026-02-28T10:00:00Z"
    assert decided.recovered == [MachineLine(ChangeType.RECOVERED, "i-back", replaced, LOST.annotation)]
