from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox

ACCOUNT, REGION = "123456789012", "eu-west-1"


@pytest.fixture(scope="module")
def sandbox(sandbox: Sandbox) -> Sandbox:
    groups = [
        {"name": "web", "count": 12, "tags": {"Team": "a"}},
        {"name": "off", "count": 3, "state": "stopped"},
    ]
    sandbox.fleet.load(groups, ACCOUNT, REGION)
    return sandbox


def refusal(sandbox: Sandbox, operation: str, **arguments: object) -> str:
    with pytest.raises(ClientError) as refused:
        getattr(sandbox.client("ec2", REGION), operation)(**arguments)
    return str(refused.value)


def statuses(sandbox: Sandbox, **arguments: object) -> list[str]:
    pages = sandbox.client("ec2", REGION).get_paginator("describe_instance_status").paginate(**arguments)
    return [entry["InstanceId"] for page in pages for entry in page["InstanceStatuses"]]


def test_instance_status_lists_running_instances_only(sandbox: Sandbox) -> None:
    assert statuses(sandbox) == sandbox.fleet.ids("running")


def test_instance_status_lists_all_when_asked(sandbox: Sandbox) -> None:
    assert statuses(sandbox, IncludeAllInstances=True) == sandbox.fleet.ids()


def test_instance_status_by_ids_names_those_that_do_not_exist(sandbox: Sandbox) -> None:
    running, stopped = sandbox.fleet.ids("running")[0], sandbox.fleet.ids("stopped")[0]
    assert statuses(sandbox, InstanceIds=[running, stopped]) == [running]
    text = refusal(sandbox, "describe_instance_status", InstanceIds=[running, "i-0123456789abcdef0"])
    assert "InvalidInstanceID.NotFound" in text
    assert "'i-0123456789abcdef0'" in text


def test_instance_status_comes_in_pages(sandbox: Sandbox) -> None:
    page = sandbox.client("ec2", REGION).describe_instance_status(MaxResults=5)
    assert len(page["InstanceStatuses"]) == 5
    assert page["NextToken"]
    assert statuses(sandbox, PaginationConfig={"PageSize": 5}) == sandbox.fleet.ids("running")


def test_page_size_and_ids_exclude_each_other(sandbox: Sandbox) -> None:
    ids = sandbox.fleet.ids("running")[:1]
    text = refusal(sandbox, "describe_instances", InstanceIds=ids, MaxResults=5)
    assert "InvalidParameterCombination" in text


@pytest.mark.parametrize("operation", ["describe_instance_status", "describe_instances", "describe_tags"])
@pytest.mark.parametrize("size", [4, 1001])
def test_pages_hold_5_to_1000(sandbox: Sandbox, operation: str, size: int) -> None:
    assert f"Value ( {size} )" in refusal(sandbox, operation, MaxResults=size)


@pytest.mark.parametrize("operation", ["describe_instance_status", "describe_instances", "describe_tags"])
def test_a_token_that_was_not_given_is_refused(sandbox: Sandbox, operation: str) -> None:
    assert "InvalidPaginationToken" in refusal(sandbox, operation, NextToken="nonsense")


def test_instances_are_found_by_filters_on_their_ids(sandbox: Sandbox) -> None:
    ids, client = sandbox.fleet.ids(), sandbox.client("ec2", REGION)
    filters = [
        {"Name": "instance-id", "Values": [ids[0], ids[5], ids[-1], "i-0123456789abcdef0"]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    answer = client.describe_instances(Filters=filters, MaxResults=1000)
    found = [instance["InstanceId"] for entry in answer["Reservations"] for instance in entry["Instances"]]
    assert found == [ids[0], ids[5]]
    many = [{"Name": "instance-id", "Values": [f"i-{number:017}" for number in range(201)]}]
    assert "FilterLimitExceeded" in refusal(sandbox, "describe_instances", Filters=many)


def test_a_start_renews_the_launch_time_of_a_stopped_instance_alone(sandbox: Sandbox) -> None:
    stopped, running = sandbox.fleet.ids("stopped")[0], sandbox.fleet.ids("running")[0]
    client = sandbox.client("ec2", REGION)
    before = sandbox.clock.now()
    client.start_instances(InstanceIds=[stopped, running])
    times: dict[str, datetime] = {}
    for entry in client.describe_instances(InstanceIds=[stopped, running])["Reservations"]:
        times |= {instance["InstanceId"]: instance["LaunchTime"] for instance in entry["Instances"]}
    assert times[stopped] >= before.replace(microsecond=0)
    assert times[running] < before - timedelta(hours=1)
    client.stop_instances(InstanceIds=[stopped])


def test_instances_of_one_reservation_come_together_in_pages(sandbox: Sandbox) -> None:
    pages = sandbox.client("ec2", REGION).get_paginator("describe_instances").paginate(MaxResults=5)
    reservations = [entry for page in pages for entry in page["Reservations"]]
    found = [instance["InstanceId"] for entry in reservations for instance in entry["Instances"]]
    assert found == sandbox.fleet.ids()
    assert max(len(entry["Instances"]) for entry in reservations) > 1


def test_tags_come_in_pages(sandbox: Sandbox) -> None:
    client = sandbox.client("ec2", REGION)
    filters = [{"Name": "key", "Values": ["Team"]}, {"Name": "resource-type", "Values": ["instance"]}]
    assert len(client.describe_tags(Filters=filters, MaxResults=5)["Tags"]) == 5
    pages = client.get_paginator("describe_tags").paginate(Filters=filters, PaginationConfig={"PageSize": 5})
    tags = [tag for page in pages for tag in page["Tags"]]
    assert {tag["ResourceId"] for tag in tags} == set(sandbox.fleet.ids("running"))
    assert {(tag["Key"], tag["Value"]) for tag in tags} == {("Team", "a")}


@pytest.fixture
def operated(sandbox: Sandbox) -> Iterator[str]:
    """The id of a machine that a service operates, in an account that hides such machines."""
    group = {"name": "auto", "operated_by": "eks.amazonaws.com"}
    [instance_id] = sandbox.fleet.load([group], ACCOUNT, REGION)
    yield instance_id
    sandbox.instances.set_visibility(ACCOUNT, "hidden")
    sandbox.fleet.terminate(instance_id)


def operators(sandbox: Sandbox, **arguments: object) -> dict[str, object]:
    """What DescribeInstances says of who operates each machine."""
    pages = sandbox.client("ec2", REGION).get_paginator("describe_instances").paginate(**arguments)
    return {
        instance["InstanceId"]: instance["Operator"]
        for page in pages
        for entry in page["Reservations"]
        for instance in entry["Instances"]
    }


def test_machines_that_a_service_operates_are_hidden_until_they_are_asked_for(
    sandbox: Sandbox, operated: str
) -> None:
    assert operated not in operators(sandbox)
    assert operated not in statuses(sandbox)
    assert operators(sandbox, IncludeManagedResources=True)[operated] == {
        "Managed": True,
        "Principal": "eks.amazonaws.com",
    }
    assert operated in statuses(sandbox, IncludeManagedResources=True)


def test_the_accounts_setting_shows_machines_that_a_service_operates(sandbox: Sandbox, operated: str) -> None:
    client = sandbox.client("ec2", REGION)
    hidden = {"DefaultVisibility": "hidden"}
    assert client.get_managed_resource_visibility()["Visibility"] == hidden
    client.modify_managed_resource_visibility(DefaultVisibility="visible")
    assert operated in statuses(sandbox)
    shown = operators(sandbox)
    assert shown[operated] == {"Managed": True, "Principal": "eks.amazonaws.com"}
    assert shown[sandbox.fleet.ids("running")[0]] == {"Managed": False}
    status = client.describe_instance_status(InstanceIds=[operated])["InstanceStatuses"][0]
    assert status["Operator"]["Managed"] is True


def test_systems_manager_knows_no_machine_that_a_service_operates(sandbox: Sandbox, operated: str) -> None:
    known = sandbox.client("ssm", REGION).describe_instance_information(
        Filters=[{"Key": "InstanceIds", "Values": [operated]}]
    )
    assert known["InstanceInformationList"] == []


def test_auto_scaling_tells_of_no_instance_outside_of_a_group(sandbox: Sandbox) -> None:
    answer = sandbox.client("autoscaling", REGION).describe_auto_scaling_instances(
        InstanceIds=["i-0123456789abcdef0"]
    )
    assert answer["AutoScalingInstances"] == []
