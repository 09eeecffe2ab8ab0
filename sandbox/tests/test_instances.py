"""EC2's instances and Systems Manager's view of them."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.tests.deployments import ACCOUNT, REGION, refused

UNKNOWN = "i-0123456789abcdef0"
# By operation: the list in its answer, and the id in each entry.
LISTS = {
    "describe_instance_status": ("InstanceStatuses", "InstanceId"),
    "describe_instances": ("Reservations", "ReservationId"),
    "describe_tags": ("Tags", "ResourceId"),
    "describe_instance_information": ("InstanceInformationList", "InstanceId"),
}


@pytest.fixture(scope="module")
def sandbox(sandbox: Sandbox) -> Sandbox:
    groups: list[dict[str, Any]] = [
        {"name": "web", "count": 12, "tags": {"Team": "a"}},
        {"name": "lost", "count": 2, "ping": "ConnectionLost", "platform": "Windows Server 2022"},
        {"name": "unresponsive", "ping": None},
        {"name": "off", "count": 3, "state": "stopped"},
        {"name": "gone", "state": "terminated"},
    ]
    sandbox.fleet.load(groups, ACCOUNT, REGION)
    return sandbox


def client_of(sandbox: Sandbox, operation: str) -> Any:
    return sandbox.client("ssm" if operation == "describe_instance_information" else "ec2", REGION)


def listed(sandbox: Sandbox, operation: str, **arguments: Any) -> list[dict[str, Any]]:
    """All entries of all pages."""
    pages = client_of(sandbox, operation).get_paginator(operation).paginate(**arguments)
    return [entry for page in pages for entry in page[LISTS[operation][0]]]


def ids(sandbox: Sandbox, operation: str, **arguments: Any) -> list[str]:
    return [entry[LISTS[operation][1]] for entry in listed(sandbox, operation, **arguments)]


def refusal(operation: str, match: str, sandbox: Sandbox, **arguments: Any) -> None:
    with refused(match):
        getattr(client_of(sandbox, operation), operation)(**arguments)


@pytest.mark.parametrize("operation", LISTS)
def test_pages_have_a_size_and_a_token(sandbox: Sandbox, operation: str) -> None:
    everything = ids(sandbox, operation)
    assert len(everything) > 5
    assert ids(sandbox, operation, PaginationConfig={"PageSize": 5}) == everything
    page = getattr(client_of(sandbox, operation), operation)(MaxResults=5)
    assert (len(page[LISTS[operation][0]]), "NextToken" in page) == (5, True)


def test_the_status_lists_running_instances(sandbox: Sandbox) -> None:
    running, stopped = sandbox.fleet.ids("running"), sandbox.fleet.ids("stopped")
    status = "describe_instance_status"
    assert ids(sandbox, status) == running
    assert ids(sandbox, status, InstanceIds=[running[0], stopped[0]]) == [running[0]]
    refusal(status, f"InvalidInstanceID.NotFound.*'{UNKNOWN}'", sandbox, InstanceIds=[running[0], UNKNOWN])
    for operation in (status, "describe_instances"):
        refusal(operation, "InvalidParameterCombination", sandbox, InstanceIds=running[:1], MaxResults=5)


def test_instances_share_reservations_and_are_found_by_filters(sandbox: Sandbox) -> None:
    known = sandbox.fleet.ids()
    reservations = [entry["Instances"] for entry in listed(sandbox, "describe_instances")]
    assert [each["InstanceId"] for instances in reservations for each in instances] == known
    assert max(map(len, reservations)) > 1
    filters = [
        {"Name": "instance-id", "Values": [known[0], known[5], known[-1], UNKNOWN]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    found = listed(sandbox, "describe_instances", Filters=filters)
    assert [each["InstanceId"] for entry in found for each in entry["Instances"]] == [known[0], known[5]]
    many = [{"Name": "instance-id", "Values": [f"i-{number:017}" for number in range(201)]}]
    refusal("describe_instances", "FilterLimitExceeded", sandbox, Filters=many)


def test_tags_are_found_by_filters(sandbox: Sandbox) -> None:
    filters = [{"Name": "key", "Values": ["Team"]}, {"Name": "resource-type", "Values": ["instance"]}]
    tags = listed(sandbox, "describe_tags", Filters=filters)
    assert [tag["ResourceId"] for tag in tags] == sandbox.fleet.ids("running")[:12]
    assert {(tag["Key"], tag["Value"]) for tag in tags} == {("Team", "a")}


def test_a_start_renews_the_launch_time_of_a_stopped_instance_alone(sandbox: Sandbox) -> None:
    stopped, running = sandbox.fleet.ids("stopped")[0], sandbox.fleet.ids("running")[0]
    client, before = sandbox.client("ec2", REGION), sandbox.clock.now()
    client.start_instances(InstanceIds=[stopped, running])
    found = listed(sandbox, "describe_instances", InstanceIds=[stopped, running])
    times = {each["InstanceId"]: each["LaunchTime"] for entry in found for each in entry["Instances"]}
    assert times[stopped] >= before.replace(microsecond=0)
    assert times[running] < before - timedelta(hours=1)
    client.stop_instances(InstanceIds=[stopped])


def agents(sandbox: Sandbox, **filters: list[str]) -> list[str]:
    given = [{"Key": key, "Values": values} for key, values in filters.items()]
    return ids(sandbox, "describe_instance_information", Filters=given)


def test_agents_are_listed_if_they_registered_and_their_machines_run(sandbox: Sandbox) -> None:
    assert agents(sandbox) == sandbox.fleet.ids("running")[:14]
    lost = sandbox.fleet.ids("running")[12:14]
    assert agents(sandbox, PingStatus=["ConnectionLost"]) == lost
    assert agents(sandbox, PlatformTypes=["Windows"]) == lost
    assert agents(sandbox, InstanceIds=[lost[0], UNKNOWN]) == lost[:1]
    page = sandbox.client("ssm", REGION).describe_instance_information()
    assert len(page["InstanceInformationList"]) == 10


def test_an_agent_that_answers_goes_on_pinging(sandbox: Sandbox) -> None:
    sandbox.clock.move(timedelta(hours=3))
    first = listed(sandbox, "describe_instance_information")[0]
    assert sandbox.clock.now() - first["LastPingDateTime"] <= timedelta(minutes=5)


def test_default_host_management_is_off_until_it_is_set(sandbox: Sandbox) -> None:
    setting_id = "/ssm/managed-instance/default-ec2-instance-management-role"

    def setting() -> tuple[str, str]:
        shown = sandbox.client("ssm", REGION).get_service_setting(SettingId=setting_id)["ServiceSetting"]
        assert shown["ARN"] == f"arn:aws:ssm:{REGION}:{ACCOUNT}:servicesetting{setting_id}"
        return shown["Status"], shown["SettingValue"]

    assert setting() == ("Default", "$None")
    sandbox.managed_instances.set_default_host_management(ACCOUNT, REGION, "service-role/Role")
    assert setting() == ("Customized", "service-role/Role")
    sandbox.managed_instances.set_default_host_management(ACCOUNT, REGION, None)
    assert setting() == ("Default", "$None")


def test_an_instance_shows_its_public_address_on_its_interface_too(sandbox: Sandbox) -> None:
    for reservation in listed(sandbox, "describe_instances", Filters=[{"Name": "tag:Team", "Values": ["a"]}]):
        for instance in reservation["Instances"]:
            [interface] = instance["NetworkInterfaces"]
            assert interface["Association"]["PublicIp"] == instance["PublicIpAddress"]
