import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.fleet_file import FleetError
from sandbox.inventory import inventory
from sandbox.tests.deployments import ACCOUNT, REGION

SAMPLE = Path(__file__).parents[1] / "fleet.yaml"
WEB = {"name": "web", "ping": "ConnectionLost"}


def described(sandbox: Sandbox, instance_id: str) -> dict[str, Any]:
    answer = sandbox.client("ec2", REGION).describe_instances(InstanceIds=[instance_id])
    return dict(answer["Reservations"][0]["Instances"][0])


def instance(sandbox: Sandbox, group: dict[str, Any], **content: Any) -> dict[str, Any]:
    """The only machine of a new group; `content` are roles and networks."""
    [instance_id] = sandbox.fleet.load({**content, "machines": [WEB | group]}, ACCOUNT, REGION)
    return described(sandbox, instance_id)


def ping(sandbox: Sandbox, instance_id: str, region: str = REGION) -> str | None:
    filters = [{"Key": "InstanceIds", "Values": [instance_id]}]
    answer = sandbox.client("ssm", region).describe_instance_information(Filters=filters)
    entries = answer["InstanceInformationList"]
    return entries[0]["PingStatus"] if entries else None


def tags(found: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found["Tags"]}


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
    sandbox.fleet.clear()


def test_a_group_says_how_its_machines_are(sandbox: Sandbox) -> None:
    group = {
        "name": "web",
        "count": 10,
        "launched_minutes_ago": 90,
        "tags": {"Team": "a"},
        "instance_profile": "agents",
        "metadata_endpoint": "disabled",
        "platform": "Microsoft Windows Server 2022",
        "console_output": "Kernel panic",
        "status_checks": "impaired",
    }
    special = described(sandbox, sandbox.fleet.load([group], ACCOUNT, REGION)[0])
    usual = described(sandbox, sandbox.fleet.load([{"name": "usual"}], ACCOUNT, REGION)[0])
    assert tags(special) == {"Name": "web-01", "Team": "a"}
    assert timedelta(minutes=89) < sandbox.clock.now() - special["LaunchTime"] < timedelta(minutes=92)
    assert special["IamInstanceProfile"]["Arn"].endswith(":instance-profile/agents")
    assert "IamInstanceProfile" not in usual
    assert [each["MetadataOptions"]["HttpEndpoint"] for each in (special, usual)] == ["disabled", "enabled"]
    assert (special["Platform"], usual.get("Platform") == "windows") == ("windows", False)
    ec2 = sandbox.client("ec2", REGION)
    assert ec2.get_console_output(InstanceId=special["InstanceId"])["Output"] == "Kernel panic"
    ids = [special["InstanceId"], usual["InstanceId"]]
    statuses = ec2.describe_instance_status(InstanceIds=ids)["InstanceStatuses"]
    assert [each["InstanceStatus"]["Status"] for each in statuses] == ["impaired", "ok"]


def test_hybrid_nodes_are_known_to_systems_manager_alone(sandbox: Sandbox) -> None:
    before = sandbox.fleet.ids()
    nodes = sandbox.fleet.load([{"name": "till", "count": 2, "hybrid": True}], ACCOUNT, "us-west-2")
    ssm = sandbox.client("ssm", "us-west-2")
    filters = [{"Key": "ResourceType", "Values": ["ManagedInstance"]}]
    listed = ssm.describe_instance_information(Filters=filters)["InstanceInformationList"]
    names = [(node["InstanceId"], node["ComputerName"]) for node in listed]
    assert names == [(nodes[0], "till-1"), (nodes[1], "till-2")]
    assert all(re.fullmatch("mi-[0-9a-f]{17}", node) for node in nodes)
    wanted = [{"FilterKey": "ActivationIds", "FilterValues": [listed[0]["ActivationId"]]}]
    [activation] = ssm.describe_activations(Filters=wanted)["ActivationList"]
    assert activation["RegistrationsCount"] == activation["RegistrationLimit"]
    assert sandbox.client("ec2", "us-west-2").describe_instances()["Reservations"] == []
    assert sandbox.fleet.ids() == before
    with pytest.raises(KeyError, match="no instance mi-"):
        sandbox.fleet.stop(nodes[0])


@pytest.mark.parametrize(
    ("group", "region"),
    [({}, REGION), ({"ping": None}, REGION), ({"hybrid": True}, REGION), ({}, "cn-north-1")],
)
def test_an_agent_is_lost_recovers_and_is_deregistered(
    sandbox: Sandbox, group: dict[str, Any], region: str
) -> None:
    [machine] = sandbox.fleet.load([{"name": "web", **group}], ACCOUNT, region)
    if "ping" in group:
        with pytest.raises(KeyError, match="is not registered"):
            sandbox.fleet.lose(machine)
        sandbox.fleet.register(machine)
    assert ping(sandbox, machine, region) == "Online"
    sandbox.fleet.lose(machine)
    assert ping(sandbox, machine, region) == "ConnectionLost"
    sandbox.clock.move(timedelta(hours=1))
    sandbox.fleet.recover(machine)
    assert ping(sandbox, machine, region) == "Online"
    sandbox.fleet.deregister(machine)
    assert ping(sandbox, machine, region) is None
    with pytest.raises(KeyError, match="is not registered"):
        sandbox.fleet.lose(machine)


def test_a_machine_is_tagged_stopped_started_and_terminated(sandbox: Sandbox) -> None:
    [machine] = sandbox.fleet.load([{"name": "web", "tags": {"Team": "a"}}], ACCOUNT, REGION)
    sandbox.fleet.tag(machine, Team="b", **{"silence:until": "2030-01-01T00:00:00Z"})
    found = described(sandbox, machine)
    assert tags(found) == {"Name": "web", "Team": "b", "silence:until": "2030-01-01T00:00:00Z"}
    for change, state, agent in (
        (sandbox.fleet.stop, "stopped", None),
        (sandbox.fleet.start, "running", "Online"),
        (sandbox.fleet.terminate, "terminated", None),
    ):
        change(machine)
        assert (described(sandbox, machine)["State"]["Name"], ping(sandbox, machine)) == (state, agent)
    assert described(sandbox, machine)["LaunchTime"] > found["LaunchTime"]


@pytest.mark.parametrize(
    ("way_out", "targets"),
    [
        ("nat", ["local", "nat"]),
        ("nat-deleted", ["local", "nat"]),
        ("internet", ["local", "igw"]),
        ("none", ["local"]),
        ("route-deleted", ["local"]),
        ("default-vpc", ["local", "igw"]),
    ],
)
def test_a_network_has_a_way_out_or_none(sandbox: Sandbox, way_out: str, targets: list[str]) -> None:
    networks = {} if way_out == "default-vpc" else {"one": {"way_out": way_out, "endpoints": {"ssm": {}}}}
    found = instance(sandbox, {"network": "one"} if networks else {}, networks=networks)
    ec2, of_vpc = sandbox.client("ec2", REGION), [{"Name": "vpc-id", "Values": [found["VpcId"]]}]
    tables = ec2.describe_route_tables(Filters=of_vpc)["RouteTables"]
    places = [("Main", True), ("SubnetId", found["SubnetId"])]
    own = [table for place in places for table in tables if place in table["Associations"][0].items()][-1]
    ways = [route.get("GatewayId") or route["NatGatewayId"] for route in own["Routes"]]
    assert [way.partition("-")[0] for way in ways] == targets
    assert bool(found.get("PublicIpAddress")) is ("igw" in targets)
    [vpc] = ec2.describe_vpcs(VpcIds=[found["VpcId"]])["Vpcs"]
    assert vpc["DhcpOptionsId"].startswith("dopt-")
    if networks:
        [endpoint] = ec2.describe_vpc_endpoints(Filters=of_vpc)["VpcEndpoints"]
        assert endpoint["ServiceName"] == f"com.amazonaws.{REGION}.ssm"
        assert (endpoint["State"], endpoint["PrivateDnsEnabled"]) == ("available", True)


def test_a_role_has_a_profile_of_its_name_that_the_machine_shows(sandbox: Sandbox) -> None:
    before, ec2 = inventory(sandbox), sandbox.client("ec2", REGION)
    found = instance(sandbox, {"instance_profile": "agents"}, roles={"agents": {"path": "/team/"}})
    filters = [{"Name": "instance-id", "Values": [found["InstanceId"]]}]
    answer = ec2.describe_iam_instance_profile_associations(Filters=filters)
    [association] = answer["IamInstanceProfileAssociations"]
    iam = sandbox.client("iam", REGION)
    profile = iam.get_instance_profile(InstanceProfileName="agents")["InstanceProfile"]
    assert association["State"] == "associated"
    assert association["IamInstanceProfile"] == {"Arn": profile["Arn"], "Id": profile["InstanceProfileId"]}
    assert profile["Roles"][0]["Path"] == "/team/"
    sandbox.fleet.clear()
    assert {each for each in inventory(sandbox) if " ec2 " not in each} <= before


def test_config_shows_what_was_recorded_up_to_a_time(sandbox: Sandbox) -> None:
    config, now = sandbox.client("config", REGION), sandbox.clock.now()
    asked: dict[str, Any] = {"resourceType": "AWS::EC2::RouteTable", "resourceId": "rtb-1"}
    with pytest.raises(config.exceptions.ResourceNotDiscoveredException):
        config.get_resource_config_history(**asked)
    for minutes in (0, 5):
        at = now + timedelta(minutes=minutes)
        sandbox.config_history.record("AWS::EC2::RouteTable", "rtb-1", at, {"routes": [minutes]})
    [item] = config.get_resource_config_history(**asked, laterTime=now)["configurationItems"]
    assert item["configuration"] == '{"routes": [0]}'


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([WEB, {"count": 2}], "machines/1: 'name' is a required property"),
        *[
            ([WEB, WEB | field], f"machines/1{text}")
            for field, text in (
                ({"colour": "red"}, ": .*'colour' was unexpected"),
                ({"state": "asleep"}, "/state: 'asleep' is not one of"),
                ({"ping": "Lost"}, "/ping: 'Lost' is not one of"),
                ({"count": "two"}, "/count: 'two' is not of type 'integer'"),
                ({"count": -1}, "/count: -1 is less than the minimum"),
                ({"tags": {"a": 1}}, "/tags/a: 1 is not of type 'string'"),
                ({"platform": 7}, "/platform: 7 is not of type 'string'"),
                ({"last_ping_minutes_ago": 30, "ping": "Online"}, "/last_ping_minutes_ago: 30 is greater"),
                ({"hybrid": "yes"}, "/hybrid: 'yes' is not of type 'boolean'"),
                ({"tags": {}, "hybrid": True}, ": 'tags' is not one of"),
                ({"ping": None, "hybrid": True}, "/ping: None is not of type 'string'"),
            )
        ],
        ([{"name": "web", "last_ping_minutes_ago": 5}], "machines/0/last_ping_minutes_ago: 5 is greater"),
        ([WEB | {"network": "one"}], "web: there is no network 'one'"),
        ({"networks": {"two": {}}, "machines": [WEB | {"network": "one"}]}, "no network 'one'"),
        ({"machines": [WEB], "servers": []}, "'servers' was unexpected"),
        ({"roles": {"agents": {"policies": []}}}, "roles/agents: .*'policies' was unexpected"),
        ({"networks": {"one": {"way_out": "tunnel"}}}, "networks/one/way_out: 'tunnel' is not one of"),
        ({"networks": {"one": {"endpoints": {"ssm": {"dns": 1}}}}}, "one/endpoints/ssm: .*'dns'"),
        ("name: web", "is not of type 'object'"),
    ],
)
def test_a_mistake_is_named_before_anything_is_made(sandbox: Sandbox, content: Any, text: str) -> None:
    before = sandbox.fleet.ids()
    with pytest.raises(FleetError, match=text):
        sandbox.fleet.load(content, ACCOUNT, REGION)
    assert sandbox.fleet.ids() == before


def test_an_unreadable_file_is_an_error_that_names_it(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(FleetError, match=r"missing\.yaml"):
        sandbox.fleet.load(tmp_path / "missing.yaml", ACCOUNT, REGION)


def test_fifteen_hundred_machines_load_quickly(sandbox: Sandbox) -> None:  # the last: they stay
    start = time.monotonic()
    assert len(set(sandbox.fleet.load([{"name": "web", "count": 1500}], ACCOUNT, REGION))) == 1500
    assert time.monotonic() - start < 20
