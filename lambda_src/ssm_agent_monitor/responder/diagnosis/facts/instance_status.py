"""EC2's status checks of an instance, and the events that AWS has scheduled for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.reading import Reader

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import DescribeInstanceStatusResultTypeDef, InstanceStatusEventTypeDef


@dataclass(frozen=True, slots=True)
class ScheduledEvent:
    """An event of AWS; `begins` is None if it doesn't say when."""

    code: str
    begins: datetime | None
    has_ended: bool


@dataclass(frozen=True, slots=True)
class InstanceStatus:
    """The states of the three status checks; `ebs` is `not-applicable` where there is none."""

    system: str
    instance: str
    ebs: str
    events: tuple[ScheduledEvent, ...]


def read_status(reader: Reader, instance_id: str) -> InstanceStatus | None:
    """None: EC2 has none of it. A call for each, since EC2 refuses one with an instance it no longer knows."""

    def call() -> InstanceStatus | None:
        answer: DescribeInstanceStatusResultTypeDef
        answer = reader.client("ec2").describe_instance_status(InstanceIds=[instance_id])
        for item in answer["InstanceStatuses"]:
            return InstanceStatus(
                item.get("SystemStatus", {}).get("Status", "unknown"),
                item.get("InstanceStatus", {}).get("Status", "unknown"),
                item.get("AttachedEbsStatus", {}).get("Status", "not-applicable"),
                tuple(map(_event, item.get("Events", []))),
            )
        return None

    return reader.read("its status", call)


def _event(item: InstanceStatusEventTypeDef) -> ScheduledEvent:
    has_ended = item.get("Description", "").startswith(("[Completed]", "[Canceled]"))
    return ScheduledEvent(item.get("Code", "unknown"), item.get("NotBefore"), has_ended)
