from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.fleet_file import FleetError

ACCOUNT, REGION = "123456789012", "eu-west-1"
SAMPLE = Path(__file__).parents[1] / "fleet.yaml"


def described(sandbox: Sandbox, instance_id: str) -> dict[str, Any]:
    answer = sandbox.client("ec2", REGION).describe_instances(InstanceIds=[instance_id])
    entry: dict[str, Any] = answer["Reservations"][0]["Instances"][0]
    return entry


def ping(sandbox: Sandbox, instance_id: str) -> str | None:
    filters = [{"Key": "InstanceIds", "Values": [instance_id]}]
    answer = sandbox.client("ssm", REGION).describe_instance_information(Filters=filters)
    entries = answer["InstanceInformationList"]
    return entries[0]["PingStatus"] if entries else None


def test_the_sample_has_every_kind_of_machine(sandbox: Sandbox) -> None:
    ids = sandbox.fleet.load(SAMPLE, ACCOUNT, REGION)
    assert len(set(sandbox.fleet.ids("running")) & set(ids)) > 60
    assert set(sandbox.fleet.ids("stopped")) & set(ids)
    assert set(sandbox.fleet.ids("terminated")) & set(ids)
    pages = sandbox.client("ssm", REGION).get_paginator("describe_instance_information").paginate()
    pings = {
        each["InstanceId"]: each["PingStatus"] for page in pages for each in page["InstanceInformationList"]
    }
    assert {"Online", "ConnectionLost", None} == {pings.get(each) for each in ids}


def test_a_group_gives_names_tags_and_launch_times(sandbox: Sandbox) -> None:
    group = {
        "name": "web",
        "count": 10,
        "launched_minutes_ago": 90,
        "tags": {"Team": "a"},
        "instance_profile": "agents",
    }
    ids = sandbox.fleet.load([group], ACCOUNT, REGION)
    first = described(sandbox, ids[0])
    assert {tag["Key"]: tag["Value"] for tag in first["Tags"]} == {"Name": "web-01", "Team": "a"}
    age = sandbox.clock.now() - first["LaunchTime"]
    assert timedelta(minutes=89) < age < timedelta(minutes=92)
    assert first["IamInstanceProfile"]["Arn"].endswith(":instance-profile/agents")


def test_a_group_tells_what_keeps_an_agent_from_registering(sandbox: Sandbox) -> None:
    groups = [{"name": "web"}, {"name": "shut", "metadata_endpoint": "disabled"}]
    web, shut = (described(sandbox, entry) for entry in sandbox.fleet.load(groups, ACCOUNT, REGION))
    assert "IamInstanceProfile" not in web
    assert web["MetadataOptions"]["HttpEndpoint"] == "enabled"
    assert shut["MetadataOptions"]["HttpEndpoint"] == "disabled"


def test_tags_can_be_added_and_changed(sandbox: Sandbox) -> None:
    [machine] = sandbox.fleet.load([{"name": "web", "tags": {"Team": "a"}}], ACCOUNT, REGION)
    sandbox.fleet.tag(machine, Team="b", **{"silence:until": "2030-01-01T00:00:00Z"})
    assert {tag["Key"]: tag["Value"] for tag in described(sandbox, machine)["Tags"]} == {
        "Name": "web",
        "Team": "b",
        "silence:until": "2030-01-01T00:00:00Z",
    }


def test_hybrid_nodes_are_known_to_systems_manager_alone(sandbox: Sandbox) -> None:
    before = sandbox.fleet.ids()
    nodes = sandbox.fleet.load([{"name": "till", "count": 2, "hybrid": True}], ACCOUNT, "us-west-2")
    filters = [{"Key": "ResourceType", "Values": ["ManagedInstance"]}]
    ssm = sandbox.client("ssm", "us-west-2")
    listed = ssm.describe_instance_information(Filters=filters)["InstanceInformationList"]
    assert [(node["InstanceId"], node["ComputerName"]) for node in listed] == [
        (nodes[0], "till-1"),
        (nodes[1], "till-2"),
    ]
    assert all(re.fullmatch("mi-[0-9a-f]{17}", node) for node in nodes)
    assert sandbox.client("ec2", "us-west-2").describe_instances()["Reservations"] == []
    assert sandbox.fleet.ids() == before
    with pytest.raises(KeyError, match="no instance mi-"):
        sandbox.fleet.stop(nodes[0])


def test_other_partitions_have_fleets_too(sandbox: Sandbox) -> None:
    group = {"name": "web", "count": 2, "instance_profile": "agents"}
    sandbox.fleet.load([group], ACCOUNT, "cn-north-1")
    answer = sandbox.client("ssm", "cn-north-1").describe_instance_information()
    assert len(answer["InstanceInformationList"]) == 2


def test_windows_is_windows_for_both_services(sandbox: Sandbox) -> None:
    groups = [{"name": "win", "platform": "Microsoft Windows Server 2022"}, {"name": "linux"}]
    windows, linux = sandbox.fleet.load(groups, ACCOUNT, REGION)
    assert described(sandbox, windows)["Platform"] == "windows"
    assert described(sandbox, linux).get("Platform") != "windows"


@pytest.mark.parametrize("hybrid", [False, True])
def test_an_agent_is_lost_recovers_and_is_deregistered(sandbox: Sandbox, hybrid: bool) -> None:
    [machine] = sandbox.fleet.load([{"name": "web", "hybrid": hybrid}], ACCOUNT, REGION)
    sandbox.fleet.lose(machine)
    assert ping(sandbox, machine) == "ConnectionLost"
    sandbox.clock.move(timedelta(hours=1))
    sandbox.fleet.recover(machine)
    assert ping(sandbox, machine) == "Online"
    sandbox.fleet.deregister(machine)
    assert ping(sandbox, machine) is None
    with pytest.raises(KeyError, match="is not registered"):
        sandbox.fleet.lose(machine)
    if not hybrid:
        assert described(sandbox, machine)["State"]["Name"] == "running"
        sandbox.fleet.register(machine)
        assert ping(sandbox, machine) == "Online"


def test_an_agent_registers_late(sandbox: Sandbox) -> None:
    [machine] = sandbox.fleet.load([{"name": "web", "ping": None}], ACCOUNT, REGION)
    assert ping(sandbox, machine) is None
    with pytest.raises(KeyError, match="is not registered"):
        sandbox.fleet.lose(machine)
    sandbox.fleet.register(machine)
    assert ping(sandbox, machine) == "Online"


def test_a_machine_is_stopped_started_and_terminated(sandbox: Sandbox) -> None:
    [machine] = sandbox.fleet.load([{"name": "web"}], ACCOUNT, REGION)
    launched = described(sandbox, machine)["LaunchTime"]
    sandbox.fleet.stop(machine)
    assert (described(sandbox, machine)["State"]["Name"], ping(sandbox, machine)) == ("stopped", None)
    sandbox.fleet.start(machine)
    assert (described(sandbox, machine)["State"]["Name"], ping(sandbox, machine)) == ("running", "Online")
    assert described(sandbox, machine)["LaunchTime"] > launched
    sandbox.fleet.terminate(machine)
    assert described(sandbox, machine)["State"]["Name"] == "terminated"


def test_fifteen_hundred_machines_load_quickly(sandbox: Sandbox) -> None:
    start = time.monotonic()
    assert len(set(sandbox.fleet.load([{"name": "web", "count": 1500}], ACCOUNT, REGION))) == 1500
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    ("group", "text"),
    [
        ({"count": 2}, "group 1 of the fleet: needs a field 'name'"),
        ({"name": "web", "colour": "red"}, "group 'web' of the fleet, field 'colour': unknown"),
        ({"name": "web", "state": "asleep"}, "field 'state': 'asleep' is not running"),
        ({"name": "web", "ping": "Lost"}, "field 'ping'"),
        ({"name": "web", "count": "two"}, "field 'count': .* is not a whole number"),
        ({"name": "web", "count": -1}, "field 'count': .* is not a whole number"),
        ({"name": "web", "tags": {"a": 1}}, "field 'tags': .* is not a map"),
        ({"name": "web", "platform": 7}, "field 'platform': 7 is not a text"),
        ({"name": "web", "last_ping_minutes_ago": 30}, "field 'last_ping_minutes_ago'"),
        ({"name": "web", "metadata_endpoint": "off"}, "field 'metadata_endpoint': 'off' is not enabled or"),
        ({"name": "web", "hybrid": "yes"}, "field 'hybrid': 'yes' is not true or false"),
        ({"name": "till", "hybrid": True, "tags": {}}, "field 'tags': a hybrid node is outside EC2"),
        ({"name": "till", "hybrid": True, "ping": None}, "field 'ping': a hybrid node that never"),
    ],
)
def test_a_mistake_names_the_group_and_the_field(sandbox: Sandbox, group: dict[str, Any], text: str) -> None:
    with pytest.raises(FleetError, match=text):
        sandbox.fleet.load([group], ACCOUNT, REGION)


def test_a_mistake_in_the_last_group_creates_nothing(sandbox: Sandbox) -> None:
    before = sandbox.fleet.ids()
    with pytest.raises(FleetError):
        sandbox.fleet.load([{"name": "web"}, {"name": "bad", "count": "x"}], ACCOUNT, REGION)
    assert sandbox.fleet.ids() == before


def test_an_unreadable_file_is_an_error_that_names_it(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(FleetError, match=r"missing\.yaml"):
        sandbox.fleet.load(tmp_path / "missing.yaml", ACCOUNT, REGION)
    (tmp_path / "odd.yaml").write_text("name: web\n")
    with pytest.raises(FleetError, match="list of groups"):
        sandbox.fleet.load(tmp_path / "odd.yaml", ACCOUNT, REGION)
