"""An account with one machine or several, for the scripts of the repair: it answers, and counts repairs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from tests.unit.repair_facts_of import ID

DOCUMENT = "agents-repair"
CHANGES = ("create_tags", "associate_iam_instance_profile", "reboot_instances")


class StoppedError(BaseException):
    """The execution is cancelled while a script runs: nothing catches it."""


class RepairAccount:
    """Clients of all services in one; `calls` are the operations, in their order."""

    def __init__(self, ids: tuple[str, ...] = (ID,), *, has_profile: bool = True) -> None:
        self.now = datetime.now(UTC)
        self.tags = {each: {"Repair": "yes"} for each in ids}
        self.profiles = {each for each in ids if has_profile}
        self.online: set[str] = set()
        self.running: list[tuple[str, int]] = [("execution-0", 0)]
        self.calls: list[str] = []
        self.repairs: list[tuple[str, str]] = []
        self.sent: list[dict[str, Any]] = []
        self.steps: list[dict[str, Any]] = []
        self.setting: dict[str, Any] = {"SettingValue": "$None", "Status": "Default"}
        self.refused: dict[str, str] = {}
        self.stops_after: int | None = None
        self.comes_back_after = 0

    def client(self, _service: str, **_: Any) -> RepairAccount:
        """In the place of boto3.client."""
        return self

    def get_paginator(self, operation: str) -> Any:
        """One page of the operation."""
        account = self

        class Paginator:
            def paginate(self, **parameters: Any) -> list[Any]:
                return [getattr(account, operation)(**parameters)]

        return Paginator()

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> Any:
            if len(self.calls) == self.stops_after:
                raise StoppedError
            self.calls.append(operation)
            if operation in self.refused:
                raise ClientError({"Error": {"Code": self.refused[operation], "Message": "no"}}, operation)
            answer = getattr(self, f"_{operation}")(parameters)
            if len(self.calls) == self.stops_after:
                raise StoppedError
            return answer

        if operation.startswith("_"):
            raise AttributeError(operation)
        return call

    def _describe_instances(self, parameters: dict[str, Any]) -> Any:
        instances = [
            {
                "InstanceId": each,
                "State": {"Name": "running"},
                "LaunchTime": self.now - timedelta(days=1),
                "Tags": [{"Key": key, "Value": value} for key, value in self.tags[each].items()],
            }
            for each in parameters["Filters"][0]["Values"]
        ]
        return {"Reservations": [{"Instances": instances}]}

    def _describe_instance_information(self, parameters: dict[str, Any]) -> Any:
        [instance_id] = parameters["Filters"][0]["Values"]
        if self.repairs and self.comes_back_after:
            self.comes_back_after -= 1
            if not self.comes_back_after:
                self.online.add(instance_id)
        status = "Online" if instance_id in self.online else "ConnectionLost"
        agent = {
            "InstanceId": instance_id,
            "PingStatus": status,
            "LastPingDateTime": self.now - timedelta(hours=2),
        }
        return {"InstanceInformationList": [agent]}

    def _describe_instance_status(self, _: Any) -> Any:
        ok = {"Status": "ok"}
        return {"InstanceStatuses": [{"SystemStatus": ok, "InstanceStatus": ok}]}

    def _describe_iam_instance_profile_associations(self, parameters: dict[str, Any]) -> Any:
        [instance_id] = parameters["Filters"][0]["Values"]
        found = [{"State": "associated"}] if instance_id in self.profiles else []
        return {"IamInstanceProfileAssociations": found}

    def _describe_auto_scaling_instances(self, _: Any) -> Any:
        return {"AutoScalingInstances": []}

    def _get_service_setting(self, _: Any) -> Any:
        return {"ServiceSetting": self.setting}

    def _describe_automation_executions(self, _: Any) -> Any:
        found = [
            {
                "AutomationExecutionId": execution_id,
                "DocumentName": DOCUMENT,
                "ExecutionStartTime": self.now + timedelta(seconds=seconds),
            }
            for execution_id, seconds in self.running
        ]
        other = {
            "AutomationExecutionId": "x",
            "DocumentName": f"{DOCUMENT}-2",
            "ExecutionStartTime": self.now,
        }
        return {"AutomationExecutionMetadataList": [*found[::-1], other]}

    def _describe_automation_step_executions(self, _: Any) -> Any:
        return {"StepExecutions": self.steps}

    def _create_tags(self, parameters: dict[str, Any]) -> Any:
        for tag in parameters["Tags"]:
            self.tags[parameters["Resources"][0]][tag["Key"]] = tag["Value"]

    def _associate_iam_instance_profile(self, parameters: dict[str, Any]) -> Any:
        self.repairs.append(("attach", parameters["InstanceId"]))
        self.profiles.add(parameters["InstanceId"])

    def _reboot_instances(self, parameters: dict[str, Any]) -> Any:
        self.repairs.append(("reboot", parameters["InstanceIds"][0]))

    def _start_config_rules_evaluation(self, _: Any) -> Any:
        return {}

    def _publish(self, parameters: dict[str, Any]) -> Any:
        self.sent.append(parameters)
