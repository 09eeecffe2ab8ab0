"""Any fleet, any history: what is put leads to exactly the right state, and a second run puts nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from ssm_agent_monitor.evaluator import announcement, decision
from ssm_agent_monitor.evaluator.models import (
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
from ssm_agent_monitor.evaluator.settings import PLATFORMS, Report, Settings, Tags
from ssm_agent_monitor.shared.annotation import cause_of, last_ping_of
from ssm_agent_monitor.shared.times import utc

ACCOUNT_ID = "123456789012"
INSTANCE, NODE, ACCOUNT = ResourceType.INSTANCE, ResourceType.MANAGED_NODE, ResourceType.ACCOUNT
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
unresponsive = st.builds(
    UnresponsiveAgent,
    ping_status=st.sampled_from(["ConnectionLost", "Inactive", "Unheard"]),
    last_ping=st.none() | times | st.datetimes(timezones=st.just(UTC)),
    version=st.sampled_from([None, "3.3.1611.0", "3.1.0.0", "9" * 100]),
    platform=st.sampled_from([None, "Amazon Linux 2023", "x" * 300, "[online]"]),
    platform_type=st.sampled_from([None, *PLATFORMS]),
)
agents = unresponsive | st.builds(OnlineAgent, st.sampled_from([None, *PLATFORMS]))
details = st.builds(
    Details, times, st.booleans(), st.booleans(), st.sampled_from(["linux", "windows"]), st.booleans()
)
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
    service_managed=st.frozensets(ids),
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
    silence_tag=st.sampled_from(["", SILENCE]),
)
results = st.builds(
    LastResult,
    compliance_type=st.sampled_from([ComplianceType.COMPLIANT, ComplianceType.NON_COMPLIANT]),
    cause=st.sampled_from(CODES),
    triggered_at=st.sampled_from([NOW - timedelta(hours=1), NOW, NOW + timedelta(seconds=1)]),
    annotation=st.just("Words") | times.map(lambda time: f"No longer registered ; last ping {utc(time)}"),
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
        if isinstance(fleet.agents.get(instance_id), OnlineAgent)
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
    known_details = fleet.details.get(instance_id)
    return (
        instance_id in fleet.service_managed
        or bool(known_details and known_details.is_service_managed)
        or False in has(settings.include_tags)
        or True in has(settings.exclude_tags)
        or bool(settings.platforms and known and known[0] not in settings.platforms)
        or (silence.startswith("20") and datetime.fromisoformat(silence) > NOW)
    )


def right_state(fleet: Fleet, history: State, settings: Settings) -> dict[Resource, ComplianceType]:
    """What Config should show after the run."""
    before = {resource: result.compliance_type for resource, result in history.items()}
    newer = {each: before[each] for each, result in history.items() if result.triggered_at > NOW}
    right = dict.fromkeys(history, ComplianceType.NOT_APPLICABLE)
    compliance_types = plain_rule(fleet)
    for node_id, agent in fleet.nodes.items():
        online = isinstance(agent, OnlineAgent)
        compliance_type = ComplianceType.COMPLIANT if online else ComplianceType.NON_COMPLIANT
        compliance_types[Resource(NODE, node_id)] = compliance_type
    for resource, compliance_type in compliance_types.items():
        machine = resource.resource_id
        if resource.resource_type == NODE:
            agent = fleet.nodes[machine]
            left_out = bool(settings.platforms and agent.platform_type not in (None, *settings.platforms))
            since = [last_ping(agent)]
        else:
            left_out = is_left_out(machine, fleet, settings)
            since = [last_ping(fleet.agents.get(machine))]
            since += [fleet.details[machine].launched] if machine in fleet.details else []
        in_grace = any(time and (NOW - time) <= settings.grace for time in since) and settings.grace
        if left_out:
            continue
        if compliance_type is ComplianceType.NON_COMPLIANT and in_grace:
            right |= {resource: before[resource]} if resource in before else {}
        else:
            right[resource] = compliance_type
    return right | newer


def last_ping(agent: Agent | None) -> datetime | None:
    return agent.last_ping if isinstance(agent, UnresponsiveAgent) else None


def decide(fleet: Fleet, history: State, settings: Settings, now: datetime = NOW) -> list[Evaluation]:
    """What is put on machines."""
    evaluations = decision.decide(fleet, history, settings, now, ACCOUNT_ID).evaluations
    return [each for each in evaluations if each.resource.resource_type is not ACCOUNT]


def applied(history: State, evaluations: list[Evaluation], now: datetime = NOW) -> State:
    """What Config shows after the evaluations were put."""
    return history | {
        evaluation.resource: LastResult(
            evaluation.compliance_type,
            cause_of(evaluation.annotation),
            now,
            evaluation.annotation,
        )
        for evaluation in evaluations
    }


def read_back(state: State) -> State:
    """What the next run reads: no NOT_APPLICABLE."""
    return {
        resource: result
        for resource, result in state.items()
        if result.compliance_type is not ComplianceType.NOT_APPLICABLE
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
        assert cause_of(evaluation.annotation) == evaluation.cause != ""


@given(fleets_with_settings(), histories)
def test_who_is_lost_or_back_is_announced_once(
    fleet_and_settings: tuple[Fleet, Settings], history: State
) -> None:
    fleet, settings = fleet_and_settings
    lost, back = ComplianceType.NON_COMPLIANT, ComplianceType.COMPLIANT
    was_lost = {each for each, result in history.items() if result.compliance_type is lost}
    right = right_state(fleet, history, settings)
    expected = [
        ("Lost", each.resource_id) for each, now in right.items() if now is lost and each not in was_lost
    ]
    expected += [
        ("Recovered", each.resource_id) for each, now in right.items() if now is back and each in was_lost
    ]
    decided = decision.decide(fleet, history, settings, NOW, ACCOUNT_ID)
    detail = announcement.detail(decided.lost, decided.recovered, "agents", NOW)
    named = [tuple(line.split(" | ")[:2]) for line in detail["machines"]]
    assert sorted(named) == sorted(expected)
    assert not any("Lost | unknown" in total for total in detail["totals"])


@given(fleets_with_settings(), histories)
def test_every_machine_is_counted_once(fleet_and_settings: tuple[Fleet, Settings], history: State) -> None:
    fleet, settings = fleet_and_settings
    counts = decision.decide(fleet, history, settings, NOW, ACCOUNT_ID).counts
    assert sum(counts.values()) == len(fleet.running) + len(fleet.nodes)


@given(fleets_with_settings(), histories)
def test_who_becomes_non_compliant_was_described(
    fleet_and_settings: tuple[Fleet, Settings], history: State
) -> None:
    fleet, settings = fleet_and_settings
    suspects = decision.suspects(replace(fleet, details={}), history, settings, NOW)
    non_compliant = {
        evaluation.resource.resource_id
        for evaluation in decide(fleet, history, settings)
        if evaluation.resource.resource_type == INSTANCE
        and evaluation.compliance_type is ComplianceType.NON_COMPLIANT
    }
    assert non_compliant <= suspects.describe


@given(fleets)
def test_without_history_grace_and_scope_the_results_are_the_plain_rule_s(fleet: Fleet) -> None:
    compliance_types = {
        evaluation.resource: evaluation.compliance_type
        for evaluation in decide(fleet, {}, PLAIN)
        if evaluation.resource.resource_type == INSTANCE
    }
    operated = {each for each in fleet.running if is_left_out(each, fleet, PLAIN)}
    assert compliance_types == {
        resource: compliance_type
        for resource, compliance_type in plain_rule(fleet).items()
        if resource.resource_id not in operated
    }


@given(
    st.lists(
        st.tuples(st.none() | agents, st.none() | details, st.none() | st.booleans()), min_size=3, max_size=3
    )
)
def test_never_registered_is_said_only_of_what_no_earlier_result_says_otherwise(
    runs: list[tuple[Agent | None, Details | None, bool | None]],
) -> None:
    """Records of Systems Manager come and vanish over three runs."""
    resource, was_registered = Resource(INSTANCE, "i-1"), False
    state: State = {}
    for number, (agent, each, default_host_management) in enumerate(runs):
        described = {"i-1": replace(each, is_service_managed=False)} if each else {}
        known = {"i-1": agent} if agent else {}
        fleet = Fleet(frozenset({"i-1"}), known, described, default_host_management=default_host_management)
        now = NOW + timedelta(hours=number)
        put = decide(fleet, read_back(state), PLAIN, now)
        state = applied(state, put, now)
        for evaluation in put:
            if agent is None:
                assert ("Never registered" in evaluation.annotation) is not was_registered
                assert ("No longer registered" in evaluation.annotation) is was_registered
        was_registered = was_registered or (agent is not None and put != [])  # a text alone is not put
    if runs[1][0] is None and runs[2][0] is None and isinstance(runs[0][0], UnresponsiveAgent):
        last_ping_at = runs[0][0].last_ping
        assert last_ping_of(state[resource].annotation) == (
            last_ping_at.replace(microsecond=0) if last_ping_at else None
        )
