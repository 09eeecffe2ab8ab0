from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ssm_agent_monitor import decision
from ssm_agent_monitor.models import (
    Agent,
    ComplianceType,
    Details,
    Evaluation,
    Fleet,
    LastResult,
    OnlineAgent,
    Resource,
    ResourceType,
    UnresponsiveAgent,
)
from ssm_agent_monitor.settings import Report, Settings

ACCOUNT_ID = "123456789012"
INSTANCE, NODE, ACCOUNT = ResourceType.INSTANCE, ResourceType.MANAGED_NODE, ResourceType.ACCOUNT
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)
JUST_NOW = NOW - timedelta(minutes=15)
COMPLIANT = LastResult(ComplianceType.COMPLIANT, "online", LONG_AGO, was_registered=True)
LOST = LastResult(ComplianceType.NON_COMPLIANT, "connection-lost", LONG_AGO, was_registered=True)
NEVER = LastResult(ComplianceType.NON_COMPLIANT, "never-registered", LONG_AGO)

Shown = dict[tuple[str, str], str]


def decide(
    fleet: Fleet, last: Mapping[Resource, LastResult], settings: Settings, now: datetime = NOW
) -> list[Evaluation]:
    evaluations = decision.decide(fleet, last, settings, now, ACCOUNT_ID).evaluations
    assert len({evaluation.resource for evaluation in evaluations}) == len(evaluations)
    return evaluations


def results(
    running: Iterable[str],
    agents: Mapping[str, str],
    last_results: Mapping[str, LastResult] | None = None,
    report: Report = Report.CHANGES,
    settings: Settings | None = None,
    now: datetime = NOW,
) -> Shown:
    fleet = Fleet(
        frozenset(running),
        {
            each: OnlineAgent() if status == "Online" else UnresponsiveAgent(status)
            for each, status in agents.items()
        },
    )
    last = {Resource(INSTANCE, resource_id): result for resource_id, result in (last_results or {}).items()}
    return {
        (evaluation.resource.resource_type, evaluation.resource.resource_id): evaluation.compliance_type.value
        for evaluation in decide(fleet, last, settings or Settings(report=report), now)
    }


def one(
    agent: Agent | None = None, details: Details | None = None, tags: Mapping[str, str] | None = None
) -> Fleet:
    """A fleet of one running instance, i-1."""
    return Fleet(
        frozenset({"i-1"}),
        {"i-1": agent} if agent else {},
        {"i-1": details} if details else {},
        {key: {"i-1": value} for key, value in (tags or {}).items()},
    )


def put(
    fleet: Fleet, last: LastResult | None = None, settings: Settings | None = None, now: datetime = NOW
) -> tuple[str, str] | None:
    """The compliance type and the cause that are put on i-1 (or mi-1), if any."""
    resource = Resource(NODE, "mi-1") if fleet.nodes or not fleet.running else Resource(INSTANCE, "i-1")
    evaluations = decide(fleet, {resource: last} if last else {}, settings or Settings(), now)
    found = [each for each in evaluations if each.resource == resource]
    return (found[0].compliance_type.value, found[0].cause) if found else None


def test_only_online_is_compliant() -> None:
    agents = {"i-1": "Online", "i-2": "ConnectionLost", "i-3": "Inactive", "i-4": "SomethingNew"}
    assert results(["i-1", "i-2", "i-3", "i-4", "i-5"], agents) == {
        (INSTANCE, "i-1"): "COMPLIANT",
        (INSTANCE, "i-2"): "NON_COMPLIANT",
        (INSTANCE, "i-3"): "NON_COMPLIANT",
        (INSTANCE, "i-4"): "NON_COMPLIANT",
        (INSTANCE, "i-5"): "NON_COMPLIANT",
    }


def test_agents_of_what_does_not_run_here_are_no_business_of_the_rule() -> None:
    agents = {"i-1": "Online", "i-stopped": "ConnectionLost", "mi-1": "ConnectionLost"}
    assert results(["i-1"], agents) == {(INSTANCE, "i-1"): "COMPLIANT"}


@pytest.mark.parametrize(
    ("status", "last", "expected"),
    [
        ("Online", COMPLIANT, None),
        ("ConnectionLost", LOST, None),
        ("Online", LOST, "COMPLIANT"),
        ("ConnectionLost", COMPLIANT, "NON_COMPLIANT"),
        ("Inactive", LOST, "NON_COMPLIANT"),
        (None, LOST, "NON_COMPLIANT"),
        ("ConnectionLost", LastResult(ComplianceType.NON_COMPLIANT, "", LONG_AGO), "NON_COMPLIANT"),
    ],
)
def test_a_changed_verdict_or_cause_is_put(
    status: str | None, last: LastResult, expected: str | None
) -> None:
    agents = {"i-1": status} if status else {}
    changes = results(["i-1"], agents, {"i-1": last})
    assert changes.get((INSTANCE, "i-1")) == expected
    everything = results(["i-1"], agents, {"i-1": last}, Report.ALL)
    assert everything == {(INSTANCE, "i-1"): "COMPLIANT" if status == "Online" else "NON_COMPLIANT"}


@pytest.mark.parametrize("report", Report)
def test_a_result_on_what_no_longer_runs_is_taken_back(report: Report) -> None:
    assert results(["i-1"], {"i-1": "Online"}, {"i-gone": LOST, "i-too": COMPLIANT}, report) == {
        (INSTANCE, "i-1"): "COMPLIANT",
        (INSTANCE, "i-gone"): "NOT_APPLICABLE",
        (INSTANCE, "i-too"): "NOT_APPLICABLE",
    }


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


@pytest.mark.parametrize("status", ["Online", "ConnectionLost", None])
def test_a_newer_result_stays(status: str | None) -> None:
    """An event from yesterday arrives late: what runs since then found is not overwritten."""
    newer = {each: replace(COMPLIANT, triggered_at=NOW) for each in ("i-1", "i-gone")}
    older = NOW - timedelta(milliseconds=1)
    agents = {"i-1": status} if status else {}
    for report in Report:
        settings = Settings(report=report, grace=timedelta(0))
        assert results(["i-1"], agents, newer, report, settings=settings, now=older) == {}
    assert (INSTANCE, "i-gone") in results(["i-1"], agents, newer)


@pytest.mark.parametrize("agent", [OnlineAgent(), UnresponsiveAgent("ConnectionLost", LONG_AGO), None])
@pytest.mark.parametrize("where", ["status", "details"])
def test_what_a_service_operates_is_out_of_scope(agent: Agent | None, where: str) -> None:
    details = Details(LONG_AGO, is_service_managed=where == "details")
    managed = frozenset({"i-1"}) if where == "status" else frozenset[str]()
    fleet = replace(one(agent, details), service_managed=managed)
    assert put(fleet) is None
    assert put(fleet, LOST) == ("NOT_APPLICABLE", "service-managed")
    assert decision.decide(fleet, {}, Settings(), NOW, ACCOUNT_ID).counts["outOfScope"] == 1


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


@pytest.mark.parametrize(
    ("last_ping", "launched", "checked"),
    [
        (LONG_AGO, LONG_AGO, True),
        (LONG_AGO, JUST_NOW, False),  # stopped and started: it counts from its start
        (JUST_NOW, LONG_AGO, False),  # rebooting
        (None, JUST_NOW, False),
        (None, LONG_AGO, True),
    ],
)
@pytest.mark.parametrize("report", Report)
def test_grace(last_ping: datetime | None, launched: datetime, checked: bool, report: Report) -> None:
    fleet = one(UnresponsiveAgent("ConnectionLost", last_ping) if last_ping else None, Details(launched))
    for last in (None, COMPLIANT, LastResult(ComplianceType.NON_COMPLIANT, "inactive", LONG_AGO)):
        result = put(fleet, last, Settings(report=report))
        assert (result is not None and result[0] == "NON_COMPLIANT") is checked
        assert checked or result is None, "its previous result stays"
        at_once = put(fleet, last, Settings(report=report, grace=timedelta(0)))
        assert at_once is not None and at_once[0] == "NON_COMPLIANT"
    counts = decision.decide(fleet, {}, Settings(), NOW, ACCOUNT_ID).counts
    assert counts["inGrace"] == (not checked)


def test_who_answers_has_no_grace() -> None:
    assert put(one(OnlineAgent(), Details(NOW))) == ("COMPLIANT", "online")


@pytest.mark.parametrize("agent", [OnlineAgent(), UnresponsiveAgent("ConnectionLost", LONG_AGO), None])
def test_out_of_scope_takes_back_a_result_once(agent: Agent | None) -> None:
    settings = Settings(include_tags={"Team": ()})
    assert put(one(agent), None, settings) is None
    assert put(one(agent), LOST, settings) == ("NOT_APPLICABLE", "out-of-scope")
    assert put(one(agent, tags={"Team": "a"}), None, settings) is not None


def test_silence_ends() -> None:
    settings = Settings(silence_tag="Silence")
    fleet = one(
        UnresponsiveAgent("ConnectionLost", LONG_AGO), Details(LONG_AGO), {"Silence": "2026-03-01T12:00:00Z"}
    )
    assert put(fleet, None, settings) is None
    assert put(fleet, COMPLIANT, settings) == ("NOT_APPLICABLE", "silenced")
    assert put(fleet, None, settings, NOW + timedelta(hours=2)) == ("NON_COMPLIANT", "connection-lost")


def test_a_changed_cause_is_put_and_a_lost_record_is_told_from_one_that_never_was() -> None:
    no_profile = Details(LONG_AGO, has_instance_profile=False)
    without_default = replace(one(None, no_profile), default_host_management=False)
    assert put(without_default, NEVER) == ("NON_COMPLIANT", "no-instance-profile")
    assert put(one(None, Details(LONG_AGO)), NEVER) is None
    assert put(one(None, Details(LONG_AGO)), COMPLIANT) == ("NON_COMPLIANT", "no-longer-registered")
    assert put(one(None, Details(LONG_AGO)), None) == ("NON_COMPLIANT", "never-registered")


def hybrid(agent: Agent | None) -> Fleet:
    return Fleet(frozenset(), {}, nodes={"mi-1": agent} if agent else {})


@pytest.mark.parametrize(
    ("agent", "last", "expected"),
    [
        (OnlineAgent(), None, ("COMPLIANT", "online")),
        (UnresponsiveAgent("ConnectionLost", LONG_AGO), None, ("NON_COMPLIANT", "connection-lost")),
        (UnresponsiveAgent("ConnectionLost", LONG_AGO), LOST, None),
        (UnresponsiveAgent("ConnectionLost", JUST_NOW), COMPLIANT, None),
        (UnresponsiveAgent("ConnectionLost"), COMPLIANT, ("NON_COMPLIANT", "connection-lost")),
        (None, COMPLIANT, ("NOT_APPLICABLE", "deregistered")),
        (None, None, None),
    ],
)
def test_hybrid_nodes(agent: Agent | None, last: LastResult | None, expected: tuple[str, str] | None) -> None:
    assert put(hybrid(agent), last, Settings(hybrid_nodes=True)) == expected


def test_tags_do_not_apply_to_hybrid_nodes_but_platforms_do() -> None:
    settings = Settings(hybrid_nodes=True, include_tags={"Team": ()}, platforms=frozenset({"linux"}))
    assert put(hybrid(OnlineAgent(platform_type="linux")), None, settings) == ("COMPLIANT", "online")
    assert put(hybrid(OnlineAgent(platform_type="windows")), None, settings) is None
    out = put(hybrid(OnlineAgent(platform_type="windows")), COMPLIANT, settings)
    assert out == ("NOT_APPLICABLE", "out-of-scope")


def test_results_on_hybrid_nodes_are_taken_back_when_they_are_no_longer_checked() -> None:
    assert put(hybrid(None), LOST) == ("NOT_APPLICABLE", "out-of-scope")


@pytest.mark.parametrize("last", [None, COMPLIANT, LOST])
def test_only_who_is_about_to_become_non_compliant_is_rechecked(last: LastResult | None) -> None:
    lost = UnresponsiveAgent("ConnectionLost", LONG_AGO)
    fleet = Fleet(frozenset({"i-1", "i-2"}), {"i-2": OnlineAgent()}, nodes={"mi-1": lost})
    last_results = {Resource(INSTANCE, "i-1"): last, Resource(NODE, "mi-1"): last} if last else {}
    suspects = decision.suspects(fleet, last_results, Settings(hybrid_nodes=True), NOW)
    assert suspects.describe == {"i-1"}
    assert suspects.recheck == (set() if last is LOST else {"i-1", "mi-1"})


def test_a_node_that_was_not_listed_is_rechecked_before_it_counts_as_deregistered() -> None:
    last_results = {Resource(NODE, "mi-1"): LOST}
    for settings, expected in ((Settings(hybrid_nodes=True), {"mi-1"}), (Settings(), set())):
        assert decision.suspects(hybrid(None), last_results, settings, NOW).recheck == expected


def test_only_instances_are_described_that_may_be_non_compliant() -> None:
    agents: dict[str, Agent] = {
        "i-online": OnlineAgent(),
        "i-lost": UnresponsiveAgent("ConnectionLost", LONG_AGO),
        "i-pinged": UnresponsiveAgent("ConnectionLost", JUST_NOW),
        "i-out": UnresponsiveAgent("ConnectionLost", LONG_AGO),
        "i-quiet": UnresponsiveAgent("ConnectionLost", LONG_AGO),
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
    lost = UnresponsiveAgent("ConnectionLost", LONG_AGO)
    agents: dict[str, Agent] = {
        "i-first": OnlineAgent(),
        "i-same": OnlineAgent(),
        "i-back": OnlineAgent(),
        "i-lost": lost,
        "i-still": lost,
    }
    last = {"i-same": COMPLIANT, "i-back": LOST, "i-still": LOST, "i-gone": COMPLIANT}
    last_results = {Resource(INSTANCE, each): result for each, result in last.items()}
    settings = Settings(report=Report.ALL)
    decided = decision.decide(Fleet(frozenset(agents), agents), last_results, settings, NOW, ACCOUNT_ID)
    assert [each.resource.resource_id for each in decided.findings] == [
        "i-back",
        "i-gone",
        "i-lost",
        "i-still",
    ]
    assert [each.resource.resource_id for each in decided.newly_non_compliant] == ["i-lost"]
