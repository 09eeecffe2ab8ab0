from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox

ACCOUNT, REGION = "123456789012", "eu-west-1"


@pytest.fixture(scope="module")
def sandbox(sandbox: Sandbox) -> Sandbox:
    groups: list[dict[str, Any]] = [
        {"name": "web", "count": 12},
        {"name": "lost", "count": 2, "ping": "ConnectionLost", "platform": "Windows Server 2022"},
        {"name": "unresponsive", "ping": None},
        {"name": "off", "state": "stopped"},
        {"name": "gone", "state": "terminated"},
    ]
    sandbox.fleet.load(groups, ACCOUNT, REGION)
    return sandbox


def listed(sandbox: Sandbox, **arguments: object) -> list[str]:
    pages = sandbox.client("ssm", REGION).get_paginator("describe_instance_information").paginate(**arguments)
    return [entry["InstanceId"] for page in pages for entry in page["InstanceInformationList"]]


def refusal(sandbox: Sandbox, **arguments: object) -> str:
    with pytest.raises(ClientError) as refused:
        sandbox.client("ssm", REGION).describe_instance_information(**arguments)
    return str(refused.value)


def test_a_page_has_ten_entries_unless_told_otherwise(sandbox: Sandbox) -> None:
    page = sandbox.client("ssm", REGION).describe_instance_information()
    assert len(page["InstanceInformationList"]) == 10
    assert page["NextToken"]


def test_all_pages_hold_every_registered_instance_once(sandbox: Sandbox) -> None:
    assert len(listed(sandbox)) == len(set(listed(sandbox))) == 14


def test_stopped_terminated_and_unregistered_instances_are_left_out(sandbox: Sandbox) -> None:
    assert set(listed(sandbox)) < set(sandbox.fleet.ids("running"))


def test_more_than_fifty_a_page_are_refused(sandbox: Sandbox) -> None:
    assert "less than or equal to 50" in refusal(sandbox, MaxResults=51)


def test_a_token_that_was_not_given_is_refused(sandbox: Sandbox) -> None:
    assert "InvalidNextToken" in refusal(sandbox, NextToken="bm9uc2Vuc2U=")


@pytest.mark.parametrize(
    ("key", "values", "count"), [("PingStatus", ["ConnectionLost"], 2), ("PlatformTypes", ["Windows"], 2)]
)
def test_filters_select_by_attribute(sandbox: Sandbox, key: str, values: list[str], count: int) -> None:
    assert len(listed(sandbox, Filters=[{"Key": key, "Values": values}])) == count


def test_unmanaged_ids_in_a_filter_are_no_error(sandbox: Sandbox) -> None:
    ids = listed(sandbox)[:2]
    known = listed(sandbox, Filters=[{"Key": "InstanceIds", "Values": [*ids, "i-0123456789abcdef0"]}])
    assert known == ids


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("Colour", "red", "InvalidFilterKey"),
        ("InstanceIds", "server-1", "InvalidInstanceId"),
        ("PingStatus", "Lost", "InvalidInstanceInformationFilterValue"),
    ],
)
def test_bad_filters_are_refused(sandbox: Sandbox, key: str, value: str, code: str) -> None:
    assert code in refusal(sandbox, Filters=[{"Key": key, "Values": [value]}])


def test_an_agent_that_answers_goes_on_pinging(sandbox: Sandbox) -> None:
    first = listed(sandbox)[0]
    filters = [{"Key": "InstanceIds", "Values": [first]}]
    sandbox.clock.move(timedelta(hours=3))
    [entry] = sandbox.client("ssm", REGION).describe_instance_information(Filters=filters)[
        "InstanceInformationList"
    ]
    assert sandbox.clock.now() - entry["LastPingDateTime"] <= timedelta(minutes=5)


SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"


def test_default_host_management_is_off_until_it_is_set(sandbox: Sandbox) -> None:
    ssm = sandbox.client("ssm", REGION)
    setting = ssm.get_service_setting(SettingId=SETTING)["ServiceSetting"]
    assert (setting["Status"], setting["SettingValue"]) == ("Default", "$None")
    assert setting["ARN"] == f"arn:aws:ssm:{REGION}:{ACCOUNT}:servicesetting{SETTING}"
    sandbox.managed_instances.set_default_host_management(ACCOUNT, REGION, "service-role/Role")
    setting = ssm.get_service_setting(SettingId=SETTING)["ServiceSetting"]
    assert (setting["Status"], setting["SettingValue"]) == ("Customized", "service-role/Role")
    sandbox.managed_instances.set_default_host_management(ACCOUNT, REGION, None)
    assert ssm.get_service_setting(SettingId=SETTING)["ServiceSetting"]["Status"] == "Default"
