"""What is known of a machine that may be repaired, read anew each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ssm_agent_monitor.responder.diagnosis.facts.identity import HostManagement, read_host_setting
from ssm_agent_monitor.responder.diagnosis.finding import Finding
from ssm_agent_monitor.responder.machines.agent import UNKNOWN, Agent
from ssm_agent_monitor.responder.machines.by_id import read_agents, read_instances
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.reading import Reader, UnreadableError, sure, texts_of, unless_late

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingInstanceDetailsTypeDef
    from mypy_boto3_ec2.type_defs import InstanceStatusTypeDef
    from mypy_boto3_ssm.type_defs import AutomationExecutionMetadataTypeDef

WORDS = {
    "instance": "EC2 instances",
    "agent": "SSM Agents",
    "status_checks": "its status checks",
    "is_associated": "its instance profile",
    "membership": "its Auto Scaling group",
    "host_management": "Default Host Management",
    "ahead": "which repairs run",
}
"""What people are told of each fact that could not be read."""

RUNNING = ["Pending", "InProgress", "Waiting", "Cancelling"]
TRIES = 3
SECONDS_BETWEEN = 2
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Membership:
    """The Auto Scaling group of an instance, and what the group does with it."""

    group: str
    life_cycle: str


@dataclass(frozen=True, slots=True)
class RepairFacts:
    """What is known of an EC2 instance; what could not be read says why.

    `findings` are those of the diagnosis. It is not repeated before acting: then there are none, and
    `planned` is the action to which it led. `status_checks` are by name. `is_associated`: with a profile, in
    any state. `membership` is None outside of groups. `ahead`: how many repairs run and come before this one.
    """

    now: datetime
    findings: tuple[Finding, ...]
    planned: str
    instance: Instance | UnreadableError
    agent: Agent | UnreadableError
    status_checks: Mapping[str, str] | UnreadableError
    is_associated: bool | UnreadableError
    membership: Membership | UnreadableError | None
    host_management: HostManagement | UnreadableError
    ahead: int | UnreadableError

    @property
    def unread(self) -> list[str]:
        """Why some of it could not be read."""
        return texts_of(getattr(self, each.name) for each in fields(self))

    @property
    def has_profile(self) -> bool:
        """Whether there is a profile in any state: one that comes or goes is one as well."""
        instance, is_associated = sure(self.instance), sure(self.is_associated)
        return is_associated or bool(instance.profile_arn)


def read_repair_facts(
    reader: Reader,
    machine_id: str,
    read_ahead: Callable[[], int],
    findings: tuple[Finding, ...] = (),
    planned: str = "",
) -> RepairFacts:
    """The facts of an EC2 instance, side by side; `read_ahead` reads `ahead`."""
    ids = [machine_id]
    calls: dict[str, Callable[[], object]] = {
        "instance": lambda: read_instances(reader, ids).get(machine_id) or Instance(machine_id, "gone"),
        "agent": lambda: read_agents(reader, ids).get(machine_id) or Agent(machine_id),
        "status_checks": lambda: reader.read(WORDS["status_checks"], lambda: _status_checks(reader, ids)),
        "is_associated": lambda: _is_associated(reader, ids),
        "membership": lambda: reader.read(WORDS["membership"], lambda: _membership(reader, ids)),
        "host_management": lambda: read_host_setting(reader),
        "ahead": read_ahead,
    }
    answers = reader.side_by_side(calls)
    known: dict[str, Any] = {name: unless_late(WORDS[name], answer) for name, answer in answers.items()}
    return RepairFacts(reader.now, findings, planned, **known)


def _status_checks(reader: Reader, ids: list[str]) -> dict[str, str]:
    """EBS is looked at only where EC2 does."""
    what, operation, key = WORDS["status_checks"], "describe_instance_status", "InstanceStatuses"
    found: list[InstanceStatusTypeDef] = reader.all_pages(what, "ec2", operation, key, InstanceIds=ids)
    status: InstanceStatusTypeDef = found[0] if found else {}
    return {
        "system": status.get("SystemStatus", {}).get("Status", UNKNOWN),
        "instance": status.get("InstanceStatus", {}).get("Status", UNKNOWN),
        "EBS": status.get("AttachedEbsStatus", {}).get("Status", "not-applicable"),
    }


def _is_associated(reader: Reader, ids: list[str]) -> bool:
    operation, key = "describe_iam_instance_profile_associations", "IamInstanceProfileAssociations"
    filters = [{"Name": "instance-id", "Values": ids}]
    return bool(reader.all_pages(WORDS["is_associated"], "ec2", operation, key, Filters=filters))


def _membership(reader: Reader, ids: list[str]) -> Membership | None:
    what, operation, key = WORDS["membership"], "describe_auto_scaling_instances", "AutoScalingInstances"
    found: list[AutoScalingInstanceDetailsTypeDef]
    found = reader.all_pages(what, "autoscaling", operation, key, InstanceIds=ids)
    return Membership(found[0]["AutoScalingGroupName"], found[0]["LifecycleState"]) if found else None


def running_repairs(reader: Reader, document: str) -> list[str]:
    """The ids of the document's executions that run, by their start and by id. Raises UnreadableError."""
    what, operation = WORDS["ahead"], "describe_automation_executions"
    filters = [
        {"Key": "DocumentNamePrefix", "Values": [document]},
        {"Key": "ExecutionStatus", "Values": RUNNING},
    ]

    def call() -> list[str]:
        found: list[AutomationExecutionMetadataTypeDef]
        found = reader.all_pages(what, "ssm", operation, "AutomationExecutionMetadataList", Filters=filters)
        running = [each for each in found if each["DocumentName"] == document]
        running.sort(key=lambda each: (each.get("ExecutionStartTime", NEVER), each["AutomationExecutionId"]))
        return [each["AutomationExecutionId"] for each in running]

    return reader.read(what, call)


def repairs_ahead(reader: Reader, document: str, execution_id: str) -> int:
    """How many repairs run that started before this execution. Raises UnreadableError.

    A new execution may be listed late: then it is asked again, and its place stays unknown at last.
    """
    for attempt in range(TRIES):
        reader.sleep(SECONDS_BETWEEN if attempt else 0)
        running = running_repairs(reader, document)
        if execution_id in running:
            return running.index(execution_id)
    raise UnreadableError("Systems Manager does not list this repair among those that run")
