from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ssm_agent_monitor import compliance
from ssm_agent_monitor.causes import code
from ssm_agent_monitor.models import (
    ACCOUNT,
    INSTANCE,
    NODE,
    Agent,
    ComplianceType,
    Details,
    Evaluation,
    Fleet,
    LastResult,
    Resource,
)
from ssm_agent_monitor.parameters import Report, Settings

ACCOUNT_ID = "123456789012"
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)
JUST_NOW = NOW - timedelta(minutes=15)
COMPLIANT = LastResult(ComplianceType.COMPLIANT, "online")
LOST = LastResult(ComplianceType.NON_COMPLIANT, "connection-lost")
NEVER = LastResult(ComplianceType.NON_COMPLIANT, "never-registered")

Verdicts = dict[tuple[str, str], str]


def decide(
    fleet: Fleet, last: Mapping[Resource, LastResult], settings: Settings, now: datetime = NOW
) -> list[Evaluation]:
    evaluations = compliance.decide(fleet, last, settings, ACCOUNT_ID, now).evaluations
    assert len({evaluation.resource for evaluation in evaluations}) == len(evaluations)
    return evaluations


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
    return {
        (evaluation.resource.resource_type, evaluation.resource.resource_id): evaluation.compliance_type.value
        for evaluation in decide(fleet, last, Settings(report=report))
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
    """The verdict and the cause that are put on i-1 (or mi-1), if any."""
    resource = Resource(NODE, "mi-1") if fleet.nodes or not fleet.running else Resource(INSTANCE, "i-1")
    evaluations = decide(fleet, {resource: last} if last else {}, settings or Settings(), now)
    found = [each for each in evaluations if each.resource == resource]
    return (found[0].compliance_type.value, code(found[0].annotation)) if found else None


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


@pytest.mark.parametrize(
    ("last_ping", "launched", "judged"),
    [
        (LONG_AGO, LONG_AGO, True),
        (LONG_AGO, JUST_NOW, False),  # stopped and started: it counts from its start
        (JUST_NOW, LONG_AGO, False),  # rebooting
        (None, JUST_NOW, False),
        (None, LONG_AGO, True),
    ],
)
@pytest.mark.parametrize("report", Report)
def test_grace(last_ping: datetime | None, launched: datetime, judged: bool, report: Report) -> None:
    fleet = one(Agent("ConnectionLost", last_ping) if last_ping else None, Details(launched))
    for last in (None, COMPLIANT, LastResult(ComplianceType.NON_COMPLIANT, "inactive")):
        result = put(fleet, last, Settings(report=report))
        assert (result is not None and result[0] == "NON_COMPLIANT") is judged
        assert judged or result is None, "its previous result stays"
        at_once = put(fleet, last, Settings(report=report, grace=timedelta(0)))
        assert at_once is not None and at_once[0] == "NON_COMPLIANT"
    standings = compliance.decide(fleet, {}, Settings(), ACCOUNT_ID, NOW).standings
    assert standings["inGrace"] == (not judged)


def test_who_answers_has_no_grace() -> None:
    assert put(one(Agent("Online"), Details(NOW))) == ("COMPLIANT", "online")


@pytest.mark.parametrize("agent", [Agent("Online"), Agent("ConnectionLost", LONG_AGO), None])
def test_out_of_scope_takes_back_a_result_once(agent: Agent | None) -> None:
    settings = Settings(include_tags={"Team": ()})
    assert put(one(agent), None, settings) is None
    assert put(one(agent), LOST, settings) == ("NOT_APPLICABLE", "out-of-scope")
    last = LastResult(ComplianceType.NOT_APPLICABLE, "out-of-scope")
    assert put(one(agent), last, settings) is None
    assert put(one(agent, tags={"Team": "a"}), last, settings) is not None


def test_silence_ends() -> None:
    settings = Settings(silence_tag="Silence")
    fleet = one(Agent("ConnectionLost", LONG_AGO), Details(LONG_AGO), {"Silence": "2026-03-01T12:00:00Z"})
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
        (Agent("Online"), None, ("COMPLIANT", "online")),
        (Agent("ConnectionLost", LONG_AGO), None, ("NON_COMPLIANT", "connection-lost")),
        (Agent("ConnectionLost", LONG_AGO), LOST, None),
        (Agent("ConnectionLost", JUST_NOW), COMPLIANT, None),
        (Agent("ConnectionLost"), COMPLIANT, ("NON_COMPLIANT", "connection-lost")),
        (None, COMPLIANT, ("NOT_APPLICABLE", "deregistered")),
        (None, None, None),
    ],
)
def test_hybrid_nodes(agent: Agent | None, last: LastResult | None, expected: tuple[str, str] | None) -> None:
    assert put(hybrid(agent), last, Settings(hybrid_nodes=True)) == expected


def test_tags_do_not_apply_to_hybrid_nodes_but_platforms_do() -> None:
    settings = Settings(hybrid_nodes=True, include_tags={"Team": ()}, platforms=frozenset({"linux"}))
    assert put(hybrid(Agent("Online", platform_type="linux")), None, settings) == ("COMPLIANT", "online")
    assert put(hybrid(Agent("Online", platform_type="windows")), None, settings) is None
    out = put(hybrid(Agent("Online", platform_type="windows")), COMPLIANT, settings)
    assert out == ("NOT_APPLICABLE", "out-of-scope")


def test_results_on_hybrid_nodes_are_taken_back_when_they_are_no_longer_judged() -> None:
    assert put(hybrid(None), LOST) == ("NOT_APPLICABLE", "out-of-scope")


@pytest.mark.parametrize("last", [None, COMPLIANT, LOST])
def test_only_who_is_about_to_be_accused_is_looked_up_again(last: LastResult | None) -> None:
    lost = Agent("ConnectionLost", LONG_AGO)
    fleet = Fleet(frozenset({"i-1", "i-2"}), {"i-2": Agent("Online")}, nodes={"mi-1": lost})
    results = {Resource(INSTANCE, "i-1"): last, Resource(NODE, "mi-1"): last} if last else {}
    settings = Settings(hybrid_nodes=True)
    silent = compliance.silent(fleet, settings, NOW)
    assert silent == ["i-1"]
    again = compliance.to_look_up_again(silent, fleet, results, settings, NOW)
    assert again == ([] if last is LOST else ["i-1", "mi-1"])


def test_a_node_that_was_not_listed_is_looked_up_before_it_counts_as_deregistered() -> None:
    results = {Resource(NODE, "mi-1"): LOST}
    for settings, expected in ((Settings(hybrid_nodes=True), ["mi-1"]), (Settings(), [])):
        assert compliance.to_look_up_again([], hybrid(None), results, settings, NOW) == expected


def test_details_are_read_only_of_whom_they_could_accuse() -> None:
    agents = {
        "i-online": Agent("Online"),
        "i-lost": Agent("ConnectionLost", LONG_AGO),
        "i-pinged": Agent("ConnectionLost", JUST_NOW),
        "i-out": Agent("ConnectionLost", LONG_AGO),
        "i-quiet": Agent("ConnectionLost", LONG_AGO),
        "i-windows": Agent("ConnectionLost", LONG_AGO, platform_type="windows"),
    }
    fleet = Fleet(
        frozenset({*agents, "i-never"}),
        agents,
        tags={"Spot": {"i-out": ""}, "Silence": {"i-quiet": "2027-01-01"}},
    )
    settings = Settings(exclude_tags={"Spot": ()}, silence_tag="Silence", platforms=frozenset({"linux"}))
    assert sorted(compliance.silent(fleet, settings, NOW)) == ["i-lost", "i-never"]


def test_the_log_names_what_a_person_would_look_at() -> None:
    evaluations = [
        Evaluation(Resource(INSTANCE, "i-first"), ComplianceType.COMPLIANT, "Online [online]"),
        Evaluation(Resource(INSTANCE, "i-again"), ComplianceType.COMPLIANT, "Online [online]"),
        Evaluation(Resource(INSTANCE, "i-back"), ComplianceType.COMPLIANT, "Online [online]"),
        Evaluation(Resource(INSTANCE, "i-lost"), ComplianceType.NON_COMPLIANT, "x [connection-lost]"),
        Evaluation(Resource(INSTANCE, "i-gone"), ComplianceType.NOT_APPLICABLE, "x [not-running]"),
    ]
    last = {Resource(INSTANCE, "i-again"): COMPLIANT, Resource(INSTANCE, "i-back"): LOST}
    found = [each.resource.resource_id for each in compliance.findings(evaluations, last)]
    assert found == ["i-back", "i-lost", "i-gone"]
    assert compliance.accuses_anew(evaluations, last)
    assert not compliance.accuses_anew(evaluations, {Resource(INSTANCE, "i-lost"): LOST})
