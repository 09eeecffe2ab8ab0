"""Any fleet, any history: what is put leads to exactly the right state, and a second run puts nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

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
from ssm_agent_monitor.parameters import PLATFORMS, Report, Settings, Tags

ACCOUNT_ID = "123456789012"
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
PLAIN = Settings(grace=timedelta(0))
CODES = [
    "online",
    "connection-lost",
    "inactive",
    "never-registered",
    "no-longer-registered",
    "no-instance-profile",
    "metadata-disabled",
    "agent-too-old",
    "not-online",
    "",
]
KEYS = ["Team", "Stage"]
SILENCE = "Silence"

State = dict[Resource, LastResult]

ids = st.integers(0, 12).map(lambda number: f"i-{number:x}")
node_ids = st.integers(0, 5).map(lambda number: f"mi-{number:x}")
times = st.integers(-100, 100).map(lambda minutes: NOW + timedelta(minutes=minutes))
agents = st.builds(
    Agent,
    ping_status=st.sampled_from(["Online", "ConnectionLost", "Inactive", "Unheard"]),
    last_ping=st.none() | times | st.datetimes(timezones=st.just(UTC)),
    version=st.sampled_from([None, "3.3.1611.0", "3.1.0.0", "9" * 100]),
    platform=st.sampled_from([None, "Amazon Linux 2023", "x" * 300, "[online]"]),
    platform_type=st.sampled_from([None, *PLATFORMS]),
)
details = st.builds(Details, times, st.booleans(), st.booleans(), st.sampled_from(["linux", "windows"]))
values = st.sampled_from(["", "a", "b", "ab", "ba"])
silences = times.map(lambda time: time.isoformat()) | st.sampled_from(["", "for ever"])
fleets = st.builds(
    Fleet,
    running=st.frozensets(ids),
    agents=st.dictionaries(ids, agents),
    details=st.dictionaries(ids, details),
    tags=st.fixed_dictionaries(
        {key: st.dictionaries(ids, values) for key in KEYS} | {SILENCE: st.dictionaries(ids, silences)}
    ),
    nodes=st.just({}),
    default_host_management=st.none() | st.booleans(),
)
scoped_tags = st.dictionaries(
    st.sampled_from(KEYS), st.lists(st.sampled_from(["a", "b", "a*", "*", "*b"]), max_size=2).map(tuple)
)
settings_of_all_kinds = st.builds(
    Settings,
    report=st.sampled_from(Report),
    grace=st.sampled_from([0, 1, 15, 60]).map(lambda minutes: timedelta(minutes=minutes)),
    include_tags=scoped_tags,
    exclude_tags=scoped_tags,
    platforms=st.none() | st.frozensets(st.sampled_from(PLATFORMS), min_size=1),
    hybrid_nodes=st.booleans(),
    silence_tag=st.sampled_from([None, SILENCE]),
)
results = st.builds(
    LastResult,
    compliance_type=st.sampled_from([ComplianceType.COMPLIANT, ComplianceType.NON_COMPLIANT]),
    cause=st.sampled_from(CODES),
)
histories = st.dictionaries(
    st.builds(Resource, st.just(INSTANCE), ids) | st.builds(Resource, st.just(NODE), node_ids), results
)


@st.composite
def fleets_with_settings(draw: st.DrawFn) -> tuple[Fleet, Settings]:
    """Nodes are there only if they are asked for."""
    fleet, settings = draw(fleets), draw(settings_of_all_kinds)
    nodes = draw(st.dictionaries(node_ids, agents)) if settings.hybrid_nodes else {}
    return replace(fleet, nodes=nodes), settings


def plain_rule(fleet: Fleet) -> dict[Resource, ComplianceType]:
    """The oracle: what a rule says that knows nothing of history, grace and scope."""
    return {
        Resource(INSTANCE, instance_id): ComplianceType.COMPLIANT
        if instance_id in fleet.agents and fleet.agents[instance_id].ping_status == "Online"
        else ComplianceType.NON_COMPLIANT
        for instance_id in fleet.running
    }


def is_left_out(instance_id: str, fleet: Fleet, settings: Settings) -> bool:
    """Out of scope or silenced, said in other words than the evaluator's."""

    def has(tags: Tags) -> list[bool]:
        return [
            instance_id in fleet.tags[key]
            and any(fnmatchcase(fleet.tags[key][instance_id], value) for value in (allowed or ("*",)))
            for key, allowed in tags.items()
        ]

    known = [
        record.platform_type
        for record in (fleet.agents.get(instance_id), fleet.details.get(instance_id))
        if record and record.platform_type
    ]
    silence = fleet.tags[SILENCE].get(instance_id, "") if settings.silence_tag else ""
    return (
        False in has(settings.include_tags)
        or True in has(settings.exclude_tags)
        or bool(settings.platforms and known and known[0] not in settings.platforms)
        or (silence.startswith("20") and datetime.fromisoformat(silence) > NOW)
    )


def right_state(fleet: Fleet, history: State, settings: Settings) -> dict[Resource, ComplianceType]:
    """What Config should show after the run."""
    before = {resource: result.compliance_type for resource, result in history.items()}
    right = dict.fromkeys(history, ComplianceType.NOT_APPLICABLE)
    verdicts = plain_rule(fleet)
    for node_id, agent in fleet.nodes.items():
        verdict = ComplianceType.COMPLIANT if agent.is_online else ComplianceType.NON_COMPLIANT
        verdicts[Resource(NODE, node_id)] = verdict
    for resource, verdict in verdicts.items():
        machine = resource.resource_id
        if resource.resource_type == NODE:
            agent = fleet.nodes[machine]
            left_out = bool(settings.platforms and agent.platform_type not in (None, *settings.platforms))
            since = [agent.last_ping]
        else:
            left_out = is_left_out(machine, fleet, settings)
            since = [fleet.agents[machine].last_ping] if machine in fleet.agents else []
            since += [fleet.details[machine].launched] if machine in fleet.details else []
        in_grace = any(time and (NOW - time) <= settings.grace for time in since) and settings.grace
        if left_out:
            continue
        if verdict is ComplianceType.NON_COMPLIANT and in_grace:
            right |= {resource: before[resource]} if resource in before else {}
        else:
            right[resource] = verdict
    if not fleet.running:
        right[Resource(ACCOUNT, ACCOUNT_ID)] = ComplianceType.NOT_APPLICABLE
    return right


def decide(fleet: Fleet, history: State, settings: Settings) -> list[Evaluation]:
    return compliance.decide(fleet, history, settings, ACCOUNT_ID, NOW).evaluations


def applied(history: State, evaluations: list[Evaluation]) -> State:
    """What Config shows after the evaluations were put."""
    return history | {
        evaluation.resource: LastResult(evaluation.compliance_type, code(evaluation.annotation))
        for evaluation in evaluations
    }


def read_back(state: State) -> State:
    """What the next run reads: no NOT_APPLICABLE but the one on the account."""
    return {
        resource: result
        for resource, result in state.items()
        if result.compliance_type is not ComplianceType.NOT_APPLICABLE or resource.resource_type == ACCOUNT
    }


@given(fleets_with_settings(), histories)
def test_what_is_put_leads_to_the_right_state(
    fleet_and_settings: tuple[Fleet, Settings], history: State
) -> None:
    fleet, settings = fleet_and_settings
    state = applied(history, decide(fleet, history, settings))
    assert {resource: result.compliance_type for resource, result in state.items()} == right_state(
        fleet, history, settings
    )


@given(fleets_with_settings(), histories)
def test_a_second_run_puts_nothing(fleet_and_settings: tuple[Fleet, Settings], history: State) -> None:
    fleet, settings = fleet_and_settings
    state = applied(history, decide(fleet, history, settings))
    assert decide(fleet, read_back(state), replace(settings, report=Report.CHANGES)) == []


@given(fleets_with_settings(), histories)
def test_nothing_is_put_twice_and_every_annotation_fits(
    fleet_and_settings: tuple[Fleet, Settings], history: State
) -> None:
    fleet, settings = fleet_and_settings
    evaluations = decide(fleet, history, replace(settings, report=Report.ALL))
    assert len({evaluation.resource for evaluation in evaluations}) == len(evaluations)
    for evaluation in evaluations:
        assert 1 <= len(evaluation.annotation) <= 256
        assert code(evaluation.annotation)


@given(fleets_with_settings(), histories)
def test_every_machine_stands_somewhere(fleet_and_settings: tuple[Fleet, Settings], history: State) -> None:
    fleet, settings = fleet_and_settings
    standings = compliance.decide(fleet, history, settings, ACCOUNT_ID, NOW).standings
    assert sum(standings.values()) == len(fleet.running) + len(fleet.nodes)


@given(fleets_with_settings(), histories)
def test_details_are_read_of_whoever_is_accused(
    fleet_and_settings: tuple[Fleet, Settings], history: State
) -> None:
    fleet, settings = fleet_and_settings
    silent = compliance.silent(replace(fleet, details={}), settings, NOW)
    accused = {
        evaluation.resource.resource_id
        for evaluation in decide(fleet, history, settings)
        if evaluation.resource.resource_type == INSTANCE
        and evaluation.compliance_type is ComplianceType.NON_COMPLIANT
    }
    assert accused <= set(silent)


@given(fleets)
def test_without_history_grace_and_scope_the_verdicts_are_the_plain_rule_s(fleet: Fleet) -> None:
    verdicts = {
        evaluation.resource: evaluation.compliance_type
        for evaluation in decide(fleet, {}, PLAIN)
        if evaluation.resource.resource_type == INSTANCE
    }
    assert verdicts == plain_rule(fleet)
