"""A block that checks some machines, every 5 minutes: scope, grace, silence, hybrid nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.deployment.conftest import Deployment

REGION = "eu-west-1"
PRODUCTION = {"Environment": "production"}
IDS = r"\bm?i-[0-9a-f]+"


@pytest.fixture(scope="module", autouse=True)
def unrecorded(deployment: Deployment) -> Iterator[None]:
    """Nothing has to be recorded: no recorder runs meanwhile, and no log warns of that."""
    config = deployment.sandbox.client("config", REGION)
    config.stop_configuration_recorder(ConfigurationRecorderName="scoped")
    yield
    config.start_configuration_recorder(ConfigurationRecorderName="scoped")
    assert not any('"code": "recorder-' in line for line in deployment.log_lines("scoped", REGION))


def add(deployment: Deployment, **group: Any) -> str:
    """A machine in production, whose agent answers unless the group says something else."""
    usual = {"ping": "Online", "tags": PRODUCTION, "instance_profile": "agents"}
    return deployment.add(REGION, **usual | group)


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


def test_the_users_steps_run_once_for_all_machines_of_a_run(deployment: Deployment) -> None:
    lost = {add(deployment, ping="ConnectionLost") for _ in range(3)}
    [(_, *machines)] = pass_time(deployment, 6)
    assert {*machines} == lost
    assert "All of them succeeded." in deployment.sandbox.inbox.messages[-1].body
    filters = [{"Name": "key", "Values": ["AgentLost"]}]
    tags = deployment.sandbox.client("ec2", REGION).describe_tags(Filters=filters)["Tags"]
    tagged = {tag["ResourceId"]: tag["Value"] for tag in tags}
    assert len({tagged[machine] for machine in lost}) == 1


@pytest.mark.parametrize(
    "tags",
    [
        {"Environment": "staging"},
        {},
        PRODUCTION | {"Skip": "whatever"},
        PRODUCTION | {"silenced-until": "2199-01-01T00:00:00Z"},
    ],
)
def test_only_what_is_in_scope_and_not_silenced_is_checked(
    deployment: Deployment, tags: dict[str, str]
) -> None:
    machine = add(deployment, ping="ConnectionLost", tags=tags)
    assert pass_time(deployment, 6) == []
    assert compliance(deployment, machine) is None


def test_a_hybrid_node_is_checked_by_its_ping_status(deployment: Deployment) -> None:
    node = deployment.add(REGION, name="shop", hybrid=True)
    assert pass_time(deployment, 6) == [("SSM Agent lost", node)]
    assert compliance(deployment, node) == "NON_COMPLIANT"
    deployment.sandbox.fleet.deregister(node)
    pass_time(deployment, 6)
    assert compliance(deployment, node) is None
