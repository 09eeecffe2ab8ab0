"""A block that checks some machines, every 5 minutes: scope, grace, silence, recovery, hybrid nodes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from tests.end_to_end.deployment.conftest import Deployment

REGION = "eu-west-1"
PRODUCTION = {"Environment": "production"}
IDS = r"\bm?i-[0-9a-f]+"


def add(deployment: Deployment, **group: Any) -> str:
    """A machine in production, whose agent answers unless the group says something else."""
    return deployment.add(
        REGION, **{"ping": "Online", "tags": PRODUCTION, "instance_profile": "agents"} | group
    )


def pass_time(deployment: Deployment, minutes: float) -> list[tuple[str, ...]]:
    """Let time pass, with the runs in it; return the e-mails: what they say, and of which machines."""
    sent = [mail for mail in deployment.pass_time(minutes) if mail.to == "scoped@example.com"]
    return [(mail.subject.partition(":")[0], *dict.fromkeys(re.findall(IDS, mail.body))) for mail in sent]


def compliance(deployment: Deployment, machine: str) -> str | None:
    return deployment.compliance("scoped", REGION).get(machine)


def test_a_lost_agent_is_found_in_the_first_tick_after_its_grace(deployment: Deployment) -> None:
    machine = add(deployment)
    pass_time(deployment, 6)
    assert compliance(deployment, machine) == "COMPLIANT"
    deployment.sandbox.fleet.lose(machine)
    assert pass_time(deployment, 9) == [], "its last ping is less than 15 minutes ago"
    assert compliance(deployment, machine) == "COMPLIANT"
    assert pass_time(deployment, 12) == [("SSM Agent lost", machine)]
    assert compliance(deployment, machine) == "NON_COMPLIANT"
    assert pass_time(deployment, 10) == [], "it was told once"


def test_a_recovery_says_for_how_long_the_agent_was_out(deployment: Deployment) -> None:
    machine = add(deployment, ping="ConnectionLost", last_ping_minutes_ago=180)
    assert pass_time(deployment, 6) == [("SSM Agent lost", machine)]
    deployment.sandbox.fleet.recover(machine)
    assert pass_time(deployment, 6) == [("SSM Agent back", machine)]
    body = deployment.sandbox.inbox.messages[-1].body
    assert "It was out for about 3 hours" in body
    assert "counted from its last ping before that" in body


def test_neither_a_stop_nor_a_termination_is_a_recovery(deployment: Deployment) -> None:
    stopped = add(deployment, ping="ConnectionLost")
    terminated = add(deployment, ping="ConnectionLost")
    [(what, *machines)] = pass_time(deployment, 6)
    assert (what, {*machines}) == ("SSM Agents lost", {stopped, terminated})
    deployment.sandbox.fleet.stop(stopped)
    deployment.sandbox.fleet.terminate(terminated)
    assert pass_time(deployment, 6) == []
    assert (compliance(deployment, stopped), compliance(deployment, terminated)) == (None, None)
    deployment.sandbox.fleet.start(stopped)
    deployment.sandbox.fleet.recover(stopped)
    assert pass_time(deployment, 6) == []
    assert compliance(deployment, stopped) == "COMPLIANT"


def test_the_users_steps_run_once_for_all_machines_of_a_run(deployment: Deployment) -> None:
    lost = {add(deployment, ping="ConnectionLost") for _ in range(3)}
    [(_, *machines)] = pass_time(deployment, 6)
    assert {*machines} == lost
    assert "All of them succeeded." in deployment.sandbox.inbox.messages[-1].body
    filters = [{"Name": "key", "Values": ["AgentLost"]}]
    tags = deployment.sandbox.client("ec2", REGION).describe_tags(Filters=filters)["Tags"]
    tagged = {tag["ResourceId"]: tag["Value"] for tag in tags}
    assert len({tagged[machine] for machine in lost}) == 1


def test_only_what_is_in_scope_is_checked(deployment: Deployment) -> None:
    other = add(deployment, ping="ConnectionLost", tags={"Environment": "staging"})
    untagged = add(deployment, ping="ConnectionLost", tags={})
    skipped = add(deployment, ping="ConnectionLost", tags=PRODUCTION | {"Skip": "whatever"})
    assert pass_time(deployment, 6) == []
    assert [compliance(deployment, machine) for machine in (other, untagged, skipped)] == [None, None, None]


def test_a_silence_ends(deployment: Deployment) -> None:
    machine = add(deployment)
    pass_time(deployment, 6)
    until = deployment.sandbox.clock.now() + timedelta(minutes=40)
    deployment.sandbox.fleet.tag(machine, **{"silenced-until": until.strftime("%Y-%m-%dT%H:%M:%SZ")})
    deployment.sandbox.fleet.lose(machine)
    assert pass_time(deployment, 35) == []
    assert compliance(deployment, machine) is None
    assert pass_time(deployment, 11) == [("SSM Agent lost", machine)]


def test_a_hybrid_node_is_checked_by_its_ping_status(deployment: Deployment) -> None:
    node = deployment.add(REGION, name="shop", hybrid=True)
    assert pass_time(deployment, 6) == [("SSM Agent lost", node)]
    assert compliance(deployment, node) == "NON_COMPLIANT"
    deployment.sandbox.fleet.deregister(node)
    pass_time(deployment, 6)
    assert compliance(deployment, node) is None


def test_nothing_has_to_be_recorded(deployment: Deployment) -> None:
    config = deployment.sandbox.client("config", REGION)
    [recorder] = config.describe_configuration_recorders()["ConfigurationRecorders"]
    config.stop_configuration_recorder(ConfigurationRecorderName=recorder["name"])
    try:
        machine = add(deployment, ping="ConnectionLost")
        assert pass_time(deployment, 6) == [("SSM Agent lost", machine)]
    finally:
        config.start_configuration_recorder(ConfigurationRecorderName=recorder["name"])
    assert not any('"code": "recorder-' in line for line in deployment.log_lines("scoped", REGION))
