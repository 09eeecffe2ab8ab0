from __future__ import annotations

from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.fleet_file import FleetError
from sandbox.inventory import inventory

ACCOUNT, REGION = "123456789012", "eu-west-1"
WEB = {"name": "web", "ping": "ConnectionLost"}


def instance(sandbox: Sandbox, content: Any) -> dict[str, Any]:
    [instance_id] = sandbox.fleet.load(content, ACCOUNT, REGION)
    answer = sandbox.client("ec2", REGION).describe_instances(InstanceIds=[instance_id])
    found: dict[str, Any] = answer["Reservations"][0]["Instances"][0]
    return found


def routes(sandbox: Sandbox, found: dict[str, Any]) -> list[dict[str, Any]]:
    """The routes of an instance's subnet, of its VPC's main table if it has none of its own."""
    tables = sandbox.client("ec2", REGION).describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [found["VpcId"]]}]
    )["RouteTables"]
    own = [
        table
        for table in tables
        if any(each.get("SubnetId") == found["SubnetId"] for each in table["Associations"])
    ]
    main = [table for table in tables if any(each.get("Main") for each in table["Associations"])]
    wanted: list[dict[str, Any]] = [*own, *main][0]["Routes"]
    return wanted


def test_the_default_vpc_leads_to_the_internet(sandbox: Sandbox) -> None:
    found = instance(sandbox, [WEB])
    assert found["PublicIpAddress"]
    assert [each["GatewayId"][:3] for each in routes(sandbox, found)] == ["loc", "igw"]
    [vpc] = sandbox.client("ec2", REGION).describe_vpcs(VpcIds=[found["VpcId"]])["Vpcs"]
    assert vpc["DhcpOptionsId"].startswith("dopt-")


@pytest.mark.parametrize(
    ("way_out", "target", "state"),
    [
        ("nat", "NatGatewayId", "active"),
        ("internet", "GatewayId", "active"),
        ("nat-deleted", "NatGatewayId", "active"),
    ],
)
def test_a_network_has_a_way_out(sandbox: Sandbox, way_out: str, target: str, state: str) -> None:
    content = {"networks": {"one": {"way_out": way_out}}, "machines": [WEB | {"network": "one"}]}
    found = instance(sandbox, content)
    [route] = [each for each in routes(sandbox, found) if each["DestinationCidrBlock"] == "0.0.0.0/0"]
    assert (bool(route[target]), route["State"]) == (True, state)
    assert bool(found.get("PublicIpAddress")) is (way_out == "internet")


@pytest.mark.parametrize("way_out", ["none", "route-deleted"])
def test_a_network_may_have_none(sandbox: Sandbox, way_out: str) -> None:
    content = {"networks": {"one": {"way_out": way_out}}, "machines": [WEB | {"network": "one"}]}
    assert len(routes(sandbox, instance(sandbox, content))) == 1


def test_a_network_has_endpoints(sandbox: Sandbox) -> None:
    content = {"networks": {"one": {"endpoints": {"ssm": {}}}}, "machines": [WEB | {"network": "one"}]}
    found = instance(sandbox, content)
    filters = [{"Name": "vpc-id", "Values": [found["VpcId"]]}]
    [endpoint] = sandbox.client("ec2", REGION).describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
    assert endpoint["ServiceName"] == f"com.amazonaws.{REGION}.ssm"
    assert (endpoint["State"], endpoint["PrivateDnsEnabled"]) == ("available", True)


def test_a_role_has_a_profile_of_its_name_that_the_machine_shows(sandbox: Sandbox) -> None:
    before = inventory(sandbox)
    content = {"roles": {"agents": {"path": "/team/"}}, "machines": [WEB | {"instance_profile": "agents"}]}
    found = instance(sandbox, content)
    answer = sandbox.client("ec2", REGION).describe_iam_instance_profile_associations(
        Filters=[{"Name": "instance-id", "Values": [found["InstanceId"]]}]
    )
    [association] = answer["IamInstanceProfileAssociations"]
    profile = sandbox.client("iam", REGION).get_instance_profile(InstanceProfileName="agents")[
        "InstanceProfile"
    ]
    assert association["State"] == "associated"
    assert association["IamInstanceProfile"] == {"Arn": profile["Arn"], "Id": profile["InstanceProfileId"]}
    assert profile["Roles"][0]["Path"] == "/team/"
    sandbox.fleet.clear()
    assert {each for each in inventory(sandbox) if " ec2 " not in each} <= before


def test_the_console_shows_what_the_group_says(sandbox: Sandbox) -> None:
    found = instance(sandbox, [WEB | {"console_output": "Kernel panic"}])
    ec2 = sandbox.client("ec2", REGION)
    assert ec2.get_console_output(InstanceId=found["InstanceId"])["Output"] == "Kernel panic"
    status = ec2.describe_instance_status(InstanceIds=[found["InstanceId"]])["InstanceStatuses"][0]
    assert status["InstanceStatus"]["Status"] == "ok"


def test_status_checks_fail_where_the_group_says_so(sandbox: Sandbox) -> None:
    found = instance(sandbox, [WEB | {"status_checks": "impaired"}])
    answer = sandbox.client("ec2", REGION).describe_instance_status(InstanceIds=[found["InstanceId"]])
    assert answer["InstanceStatuses"][0]["InstanceStatus"]["Status"] == "impaired"


def test_config_shows_what_was_recorded_up_to_a_time(sandbox: Sandbox) -> None:
    config, now = sandbox.client("config", REGION), sandbox.clock.now()
    kind = "AWS::EC2::RouteTable"
    with pytest.raises(config.exceptions.ResourceNotDiscoveredException):
        config.get_resource_config_history(resourceType=kind, resourceId="rtb-1")
    sandbox.config_history.record(kind, "rtb-1", now, {"routes": []})
    [item] = config.get_resource_config_history(resourceType=kind, resourceId="rtb-1", laterTime=now)[
        "configurationItems"
    ]
    assert item["configuration"] == '{"routes": []}'


def test_a_node_s_activation_is_used_up(sandbox: Sandbox) -> None:
    [node] = sandbox.fleet.load([{"name": "rack", "hybrid": True, "ping": "ConnectionLost"}], ACCOUNT, REGION)
    ssm = sandbox.client("ssm", REGION)
    filters = [{"Key": "InstanceIds", "Values": [node]}]
    [agent] = ssm.describe_instance_information(Filters=filters)["InstanceInformationList"]
    wanted = [{"FilterKey": "ActivationIds", "FilterValues": [agent["ActivationId"]]}]
    [activation] = ssm.describe_activations(Filters=wanted)["ActivationList"]
    assert activation["RegistrationsCount"] == activation["RegistrationLimit"]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"machines": [], "servers": []}, "'servers' is unknown"),
        ({"roles": {"agents": {"policies": []}}}, "role 'agents' of the fleet, field 'policies'"),
        ({"networks": {"one": {"route": "nat"}}}, "network 'one' of the fleet, field 'route'"),
        ({"networks": {"one": {"way_out": "tunnel"}}}, "field 'way_out': 'tunnel' is not nat"),
        ({"networks": {"one": {"endpoints": {"ssm": {"dns": 1}}}}}, "'one' .*, endpoint 'ssm', field 'dns'"),
        ({"machines": [WEB | {"network": "one"}]}, "field 'network': there is no network 'one'"),
        ([WEB | {"status_checks": "bad"}], "field 'status_checks': 'bad' is not ok or impaired"),
    ],
)
def test_a_mistake_is_named_before_anything_is_made(sandbox: Sandbox, content: Any, named: str) -> None:
    before = len(sandbox.fleet.ids())
    with pytest.raises(FleetError, match=named):
        sandbox.fleet.load(content, ACCOUNT, REGION)
    assert len(sandbox.fleet.ids()) == before
