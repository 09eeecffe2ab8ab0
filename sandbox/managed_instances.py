"""Systems Manager's view of the machines: which agents answer, and what they report."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from moto.ec2.models import ec2_backends

from sandbox.clock import Clock
from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.paging import only_modelled, page

# An agent pings every 5 minutes unless it is configured otherwise:
# https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html
PING_INTERVAL = timedelta(minutes=5)
PING_STATUSES = ("Online", "ConnectionLost", "Inactive")
# With it, EC2 instances need no instance profile:
# https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-default-host-management-configuration.html
DEFAULT_HOST_MANAGEMENT = "/ssm/managed-instance/default-ec2-instance-management-role"
OFF = "$None"
# The filters that are modelled: the attribute of a record, and the values that it may have.
FILTERS = {
    "InstanceIds": ("instance_id", r"i-(\w{8}|\w{17})|mi-\w{17}"),
    "PingStatus": ("ping_status", "|".join(PING_STATUSES)),
    "PlatformTypes": ("platform_type", "Windows|Linux|MacOS"),
    "ResourceType": ("resource_type", "ManagedInstance|EC2Instance"),
}


@dataclass(frozen=True)
class ManagedInstance:
    """What Systems Manager knows of one machine; `last_ping` is in UTC."""

    instance_id: str
    last_ping: datetime
    ping_status: str = "Online"
    agent_version: str = "3.3.1611.0"
    platform_type: str = "Linux"
    platform_name: str = "Amazon Linux"
    platform_version: str = "2023"
    resource_type: str = "EC2Instance"
    ip_address: str = "10.0.0.10"
    computer_name: str = "ip-10-0-0-10.ec2.internal"
    activation_id: str | None = None

    def at(self, now: datetime) -> ManagedInstance:
        """The record at a time: an agent that answers has gone on pinging since."""
        if self.ping_status != "Online":
            return self
        return replace(self, last_ping=now - (now - self.last_ping) % PING_INTERVAL)

    def description(self) -> dict[str, Any]:
        """The record as an `InstanceInformation`."""
        return {
            "InstanceId": self.instance_id,
            "PingStatus": self.ping_status,
            "LastPingDateTime": self.last_ping,
            "AgentVersion": self.agent_version,
            "PlatformType": self.platform_type,
            "PlatformName": self.platform_name,
            "PlatformVersion": self.platform_version,
            "ResourceType": self.resource_type,
            "IPAddress": self.ip_address,
            "ComputerName": self.computer_name,
            **({"ActivationId": self.activation_id} if self.activation_id else {}),
        }


class ManagedInstances:
    """The managed instances of each account and region."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: dict[tuple[str, str], dict[str, ManagedInstance]] = defaultdict(dict)
        self._default_roles: dict[tuple[str, str], tuple[str, datetime]] = {}

    def register(self, gateway: Gateway) -> None:
        """Answer the operations that are modelled here."""
        gateway.operations["ssm", "DescribeInstanceInformation"] = self._describe
        gateway.operations["ssm", "GetServiceSetting"] = self._service_setting
        gateway.operations["ssm", "DescribeActivations"] = self._describe_activations

    def put(self, account: str, region: str, instance: ManagedInstance) -> None:
        """Register a machine, or replace what is known of it."""
        self._records[account, region][instance.instance_id] = instance

    def get(self, account: str, region: str, instance_id: str) -> ManagedInstance | None:
        """What is known of a machine now; None if it never registered."""
        record = self._records[account, region].get(instance_id)
        return record and record.at(self._clock.now())

    def remove(self, account: str, region: str, instance_id: str) -> None:
        """Deregister a machine."""
        del self._records[account, region][instance_id]

    def set_default_host_management(
        self, account: str, region: str, role: str | None, since: datetime | None = None
    ) -> None:
        """Switch Default Host Management Configuration on, with the name of a role, or off with None.

        `since`: when that was done, now by default. Scripts of runbooks go by the real time.
        """
        self._default_roles[account, region] = role or OFF, since or self._clock.now()

    def _service_setting(self, call: Call) -> dict[str, Any]:
        setting = call.params["SettingId"]
        if setting != DEFAULT_HOST_MANAGEMENT:
            raise not_modelled(f"the service setting {setting}")
        value, changed = self._default_roles.get((call.account, call.region), (OFF, None))
        return {
            "ServiceSetting": {
                "SettingId": setting,
                "SettingValue": value,
                "ARN": f"arn:{call.partition}:ssm:{call.region}:{call.account}:servicesetting{setting}",
                "Status": "Default" if value == OFF else "Customized",
                **({"LastModifiedDate": changed} if changed else {}),
            }
        }

    def _describe_activations(self, call: Call) -> dict[str, Any]:
        """Each hybrid node has an activation that is used up."""
        only_modelled(call, "Filters", "MaxResults", "NextToken")
        filters = {each["FilterKey"]: each["FilterValues"] for each in call.params.get("Filters") or []}
        if unknown := sorted(set(filters) - {"ActivationIds"}):
            raise not_modelled(f"the filter {unknown[0]}")
        records = self._records[call.account, call.region].values()
        ids = {record.activation_id for record in records if record.activation_id}
        return {
            "ActivationList": [
                {"ActivationId": each, "RegistrationLimit": 1, "RegistrationsCount": 1, "Expired": False}
                for each in sorted(ids & set(filters.get("ActivationIds", ids)))
            ]
        }

    def _describe(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "Filters", "MaxResults", "NextToken")
        filters = [_filter(entry["Key"], entry["Values"]) for entry in call.params.get("Filters") or []]
        gone = _stopped_or_terminated(call.account, call.region)
        now = self._clock.now()
        found = [
            record.at(now)
            for record in list(self._records[call.account, call.region].values())
            if record.instance_id not in gone
            and all(getattr(record, attribute) in values for attribute, values in filters)
        ]
        records, next_token = page(call, found, 10, "InvalidNextToken")
        return {"InstanceInformationList": [record.description() for record in records], **next_token}


def _filter(key: str, values: list[str]) -> tuple[str, list[str]]:
    """The attribute of a record that a filter is about, and the values that it may have."""
    if key not in FILTERS:
        modelled = ", ".join(FILTERS)
        raise AwsError("InvalidFilterKey", f"The filter key {key} isn't valid. (Modelled here: {modelled}.)")
    attribute, pattern = FILTERS[key]
    for value in values:
        if not re.fullmatch(pattern, value):
            code = "InvalidInstanceId" if key == "InstanceIds" else "InvalidInstanceInformationFilterValue"
            raise AwsError(code, f"{value} is not a value of the filter {key}")
    return attribute, values


def _stopped_or_terminated(account: str, region: str) -> set[str]:
    """EC2 instances that Systems Manager no longer lists (seen in amazon-ssm-agent issue 407)."""
    instances = ec2_backends[account][region].all_instances()
    return {instance.id for instance in instances if instance.state in ("stopped", "terminated")}
