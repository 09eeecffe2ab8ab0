"""What AWS says of one machine alone: its status checks, its console, its activation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ssm_agent_monitor.responder.reading import Reader

if TYPE_CHECKING:
    from mypy_boto3_ec2 import type_defs as ec2
    from mypy_boto3_ssm.type_defs import ActivationTypeDef

BOOT = re.compile(r"\[ *0\.0+\] Linux version ")


@dataclass(frozen=True, slots=True)
class ScheduledEvent:
    """An event of AWS; `begins` is None if it doesn't say when."""

    code: str
    begins: datetime | None


@dataclass(frozen=True, slots=True)
class InstanceStatus:
    """The states of the status checks by name: `system`, `instance`, `EBS`; and the events to come."""

    states: dict[str, str]
    events: tuple[ScheduledEvent, ...]


@dataclass(frozen=True, slots=True)
class ConsoleLog:
    """What a machine wrote since it last started; and when EC2 took the log, if it says so."""

    text: str
    taken: datetime | None


def read_status(reader: Reader, instance_id: str, what: str = "its status") -> InstanceStatus | None:
    """None: EC2 has none of it. A call for each, since EC2 refuses one with an id that it no longer knows."""

    def call() -> InstanceStatus | None:
        answer: ec2.DescribeInstanceStatusResultTypeDef
        answer = reader.client("ec2").describe_instance_status(InstanceIds=[instance_id])
        return next(map(_status, answer["InstanceStatuses"]), None)

    return reader.read(what, call)


def _status(item: ec2.InstanceStatusTypeDef) -> InstanceStatus:
    states: dict[str, str] = {
        "system": item.get("SystemStatus", {}).get("Status", "unknown"),
        "instance": item.get("InstanceStatus", {}).get("Status", "unknown"),
        "EBS": item.get("AttachedEbsStatus", {}).get("Status", "not-applicable"),
    }
    ended = ("[Completed]", "[Canceled]")
    events = [each for each in item.get("Events", []) if not each.get("Description", "").startswith(ended)]
    to_come = [ScheduledEvent(each.get("Code", "unknown"), each.get("NotBefore")) for each in events]
    return InstanceStatus(states, tuple(to_come))


def read_console(reader: Reader, instance_id: str) -> ConsoleLog:
    """The log; older types of instances lack the latest output."""

    def call() -> ConsoleLog:
        client = reader.client("ec2")
        answer: ec2.GetConsoleOutputResultTypeDef
        try:
            answer = client.get_console_output(InstanceId=instance_id, Latest=True)
        except ClientError as error:
            if "UnsupportedOperation" not in str(error):
                raise
            answer = client.get_console_output(InstanceId=instance_id)
        return ConsoleLog(BOOT.split(answer.get("Output") or "")[-1], answer.get("Timestamp"))

    return reader.read("it", call)


def read_activation(reader: Reader, activation_id: str) -> str | None:
    """Why an activation can't register another hybrid node, empty if it can; None: it is gone."""
    filters = [{"FilterKey": "ActivationIds", "FilterValues": [activation_id]}]

    def call() -> str | None:
        found: list[ActivationTypeDef]
        found = reader.client("ssm").describe_activations(Filters=filters)["ActivationList"]
        return next(map(_why_used_up, found), None)

    return reader.read("it", call)


def _why_used_up(item: ActivationTypeDef) -> str:
    is_used_up = item.get("RegistrationsCount", 0) >= item.get("RegistrationLimit", 1)
    return "has expired" if item.get("Expired") else "is used up" if is_used_up else ""
