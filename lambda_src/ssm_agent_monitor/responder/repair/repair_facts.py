"""What is known of a machine that may be repaired, read anew each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ssm_agent_monitor.responder.diagnosis.facts.identity import HostManagement, read_host_setting
from ssm_agent_monitor.responder.diagnosis.facts.machine import read_status
from ssm_agent_monitor.responder.diagnosis.finding import Finding
from ssm_agent_monitor.responder.machines.agent import UNKNOWN, Agent
from ssm_agent_monitor.responder.machines.by_id import read_agents, read_instances, read_memberships
from ssm_agent_monitor.responder.machines.instance import Instance, Membership
from ssm_agent_monitor.responder.reading import Reader, UnreadableError, sure, texts_of, unless_late

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import AutomationExecutionMetadataTypeDef

STATUS_CHECKS, PROFILE = "its status checks", "its instance profile"
GROUP, REPAIRS = "its Auto Scaling group", "which repairs run"
RUNNING = ["Pending", "InProgress", "Waiting", "Cancelling"]
TRIES = 3
SECONDS_BETWEEN = 2
NEVER = datetime.min.replace(tzinfo=UTC)


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
    ids, gone = [machine_id], Instance(machine_id, "gone")
    # Of each: what people are told of it if it could not be read, and the call.
    calls: dict[str, tuple[str, Callable[[], object]]] = {
        "instance": ("EC2 instances", lambda: read_instances(reader, ids).get(machine_id) or gone),
        "agent": ("SSM Agents", lambda: read_agents(reader, ids).get(machine_id) or Agent(machine_id)),
        "status_checks": (STATUS_CHECKS, lambda: _status_checks(reader, machine_id)),
        "is_associated": (PROFILE, lambda: _is_associated(reader, ids)),
        "membership": (GROUP, lambda: read_memberships(reader, ids, GROUP).get(machine_id)),
        "host_management": ("Default Host Management", lambda: read_host_setting(reader)),
        "ahead": (REPAIRS, read_ahead),
    }
    answers = reader.side_by_side({name: partial(reader.read, *call) for name, call in calls.items()})
    known: dict[str, Any] = {name: unless_late(calls[name][0], each) for name, each in answers.items()}
    return RepairFacts(reader.now, findings, planned, **known)


def _status_checks(reader: Reader, machine_id: str) -> dict[str, str]:
    status = read_status(reader, machine_id, STATUS_CHECKS)
    return status.states if status else {"system": UNKNOWN, "instance": UNKNOWN}


def _is_associated(reader: Reader, ids: list[str]) -> bool:
    operation, key = "describe_iam_instance_profile_associations", "IamInstanceProfileAssociations"
    filters = [{"Name": "instance-id", "Values": ids}]
    return bool(reader.all_pages(PROFILE, "ec2", operation, key, Filters=filters))


def running_repairs(reader: Reader, document: str) -> list[str]:
    """The ids of the document's executions that run, by their start and by id."""
    operation, key = "describe_automation_executions", "AutomationExecutionMetadataList"
    keys = {"DocumentNamePrefix": [document], "ExecutionStatus": RUNNING}
    filters = [{"Key": name, "Values": values} for name, values in keys.items()]
    found: list[AutomationExecutionMetadataTypeDef]
    found = reader.all_pages(REPAIRS, "ssm", operation, key, Filters=filters)
    of_document = [each for each in found if each["DocumentName"] == document]
    by_start = [
        (each.get("ExecutionStartTime", NEVER), each["AutomationExecutionId"]) for each in of_document
    ]
    return [execution_id for _, execution_id in sorted(by_start)]


def repairs_ahead(reader: Reader, document: str, execution_id: str) -> int:
    """How many repairs run that started before this execution.

    A new execution may be listed late: then it is asked again, and its place stays unknown at last.
    """
    for attempt in range(TRIES):
        reader.sleep(SECONDS_BETWEEN if attempt else 0)
        running = running_repairs(reader, document)
        if execution_id in running:
            return running.index(execution_id)
    raise UnreadableError("Systems Manager does not list this repair among those that run")
