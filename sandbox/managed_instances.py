"""Systems Manager's view of the machines: which agents answer, and what they report."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from moto.ec2.models import ec2_backends

from sandbox.clock import Clock
from sandbox.gateway import AwsError, Call, Gateway
from sandbox.paging import only_modelled, page

# An agent pings every 5 minutes unless it is configured otherwise:
# https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html
PING_INTERVAL = timedelta(minutes=5)
PING_STATUSES = ("Online", "ConnectionLost", "Inactive")
DEFAULT_HOST_MANAGEMENT = "/ssm/managed-instance/default-ec2-instance-management-role"
INSTANCE_ID = re.compile(r"(i-(\w{8}|\w{17}))|(mi-\w{17})")


@dataclass(frozen=True)
class ManagedInstance:
    """What Systems Manager knows of one machine; `last_ping` is in UTC."""

    instance_id: str
    last_ping: datetime
    ping_status: str = "Online"
    agent_version: str = "3.3.1611.0"
    is_latest_version: bool = True
    platform_type: str = "Linux"
    platform_name: str = "Amazon Linux"
    platform_version: str = "2023"
    resource_type: str = "EC2Instance"
    ip_address: str = "10.0.0.10"
    computer_name: str = "ip-10-0-0-10.ec2.internal"

    def at(self, now: datetime) -> ManagedInstance:
        """The record at a time: an agent that answers has gone on pinging since."""
        if self.ping_status != "Online":
            return self
        return replace(self, last_ping=now - (now - self.last_ping) % PING_INTERVAL)

    def description(self) -> dict[str, Any]:
        """The record as an `InstanceInformation`."""
        source = "AWS::EC2::Instance" if self.resource_type == "EC2Instance" else "AWS::SSM::ManagedInstance"
        return {
            "InstanceId": self.instance_id,
            "PingStatus": self.ping_status,
            "LastPingDateTime": self.last_ping,
            "AgentVersion": self.agent_version,
            "IsLatestVersion": self.is_latest_version,
            "PlatformType": self.platform_type,
            "PlatformName": self.platform_name,
            "PlatformVersion": self.platform_version,
            "ResourceType": self.resource_type,
            "IPAddress": self.ip_address,
            "ComputerName": self.computer_name,
            "SourceId": self.instance_id,
            "SourceType": source,
        }


FILTERS = {
    "InstanceIds": "instance_id",
    "AgentVersion": "agent_version",
    "PingStatus": "ping_status",
    "PlatformTypes": "platform_type",
    "ResourceType": "resource_type",
}
FILTER_VALUES = {
    "PingStatus": PING_STATUSES,
    "PlatformTypes": ("Windows", "Linux", "MacOS"),
    "ResourceType": ("ManagedInstance", "EC2Instance"),
}


class ManagedInstances:
    """The managed instances of each account and region."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: dict[tuple[str, str], dict[str, ManagedInstance]] = defaultdict(dict)
        self._host_management: dict[tuple[str, str], tuple[str, datetime]] = {}

    def register(self, gateway: Gateway) -> None:
        """Answer the operations that are modelled here."""
        gateway.operations["ssm", "DescribeInstanceInformation"] = self._describe
        gateway.operations["ssm", "GetServiceSetting"] = self._service_setting

    def put(self, account: str, region: str, instance: ManagedInstance) -> None:
        """Register a machine, or replace what is known of it."""
        self._records[account, region][instance.instance_id] = instance

    def get(self, account: str, region: str, instance_id: str) -> ManagedInstance | None:
        """What is known of a machine now; None if it never registered."""
        record = self._records[account, region].get(instance_id)
        return record and record.at(self._clock.now())

    def set_default_host_management(self, account: str, region: str, role: str) -> None:
        """Switch Default Host Management Configuration on, with a role's path and name."""
        self._host_management[account, region] = role, self._clock.now()

    def _describe(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "Filters", "InstanceInformationFilterList", "MaxResults", "NextToken")
        filters = _filters(call)
        gone = _stopped_or_terminated(call.account, call.region)
        now = self._clock.now()
        found = [
            record.at(now)
            for record in list(self._records[call.account, call.region].values())
            if record.instance_id not in gone
            and all(getattr(record, field) in values for field, values in filters)
        ]
        records, next_token = page(call, found, 10, "InvalidNextToken")
        return {"InstanceInformationList": [record.description() for record in records], **next_token}

    def _service_setting(self, call: Call) -> dict[str, Any]:
        setting = call.params["SettingId"].rpartition(":servicesetting")[2]
        if setting != DEFAULT_HOST_MANAGEMENT:
            raise AwsError("ServiceSettingNotFound", f"the sandbox does not model the setting {setting}")
        role, changed = self._host_management.get((call.account, call.region), ("$None", self._clock.now()))
        arn = f"arn:{call.partition}:ssm:{call.region}:{call.account}:servicesetting{setting}"
        return {
            "ServiceSetting": {
                "SettingId": setting,
                "SettingValue": role,
                "LastModifiedDate": changed,
                "LastModifiedUser": "System",
                "ARN": arn,
                "Status": "Default" if role == "$None" else "Customized",
            }
        }


def _filters(call: Call) -> list[tuple[str, list[str]]]:
    """The attribute of a record and the values that it may have, for each filter."""
    pairs = [(entry["Key"], entry["Values"]) for entry in call.params.get("Filters") or []]
    for entry in call.params.get("InstanceInformationFilterList") or []:
        pairs.append((entry["key"], entry["valueSet"]))
    return [(_filtered_field(key), _filter_values(key, values)) for key, values in pairs]


def _filtered_field(key: str) -> str:
    if key not in FILTERS:
        modelled = ", ".join(FILTERS)
        raise AwsError("InvalidFilterKey", f"The filter key {key} isn't valid. (Modelled here: {modelled}.)")
    return FILTERS[key]


def _filter_values(key: str, values: list[str]) -> list[str]:
    for value in values:
        if key == "InstanceIds" and not INSTANCE_ID.fullmatch(value):
            raise AwsError("InvalidInstanceId", f"{value} is not the id of a managed instance")
        if value not in FILTER_VALUES.get(key, (value,)):
            raise AwsError(
                "InvalidInstanceInformationFilterValue", f"{value} is not a value of the filter {key}"
            )
    return values


def _stopped_or_terminated(account: str, region: str) -> set[str]:
    """EC2 instances that Systems Manager no longer lists (seen in amazon-ssm-agent issue 407)."""
    instances = ec2_backends[account][region].all_instances()
    return {instance.id for instance in instances if instance.state in ("stopped", "terminated")}
