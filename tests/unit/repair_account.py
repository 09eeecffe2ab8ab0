"""An account with one machine or several, for the repair: it answers, and counts repairs."""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from botocore.validate import validate_parameters

from ssm_agent_monitor.responder.clients import MODELS
from ssm_agent_monitor.responder.reading import Reader
from ssm_agent_monitor.shared import trimmed_apis
from tests.unit.repair_facts_of import ID, SETTINGS
from tests.unit.responding import EXECUTION, NOW, Responder, reader_of

DOCUMENT = SETTINGS.document
REPAIR = {
    re.sub("_(.)", lambda found: found[1].upper(), key): value for key, value in asdict(SETTINGS).items()
}
"""As the environment variable has it, in mode `act`."""


class StoppedError(BaseException):
    """The execution is cancelled: nothing catches it."""


@cache
def _operations(service: str) -> dict[str, OperationModel]:
    """The operations that the shipped models have, by the names of boto3's methods."""
    model = trimmed_apis.session(MODELS).get_service_model(service)
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


class RepairAccount:
    """The account, in the place of the responder's clients.

    `calls` are the operations in their order. What is asked and answered is held against the shipped models.
    An operation that it does not know is denied, so are those of `refused`, which has their error codes;
    those of `late` are answered once `released` is set. `answers` are given in the place of its own.
    """

    def __init__(self, ids: tuple[str, ...] = (ID,), *, has_profile: bool = True) -> None:
        self.now = NOW
        self.tags = {each: {"Repair": "yes"} for each in ids}
        self.profiles = {each for each in ids if has_profile}
        self.online: set[str] = set()
        self.running: list[tuple[str, int]] = [(EXECUTION, 0)]
        self.listed_after = 0
        self.calls: list[str] = []
        self.repairs: list[tuple[str, str]] = []
        self.steps: list[dict[str, Any]] = []
        self.setting: dict[str, Any] = {"SettingValue": "$None", "Status": "Default"}
        self.answers: dict[str, Any] = {}
        self.refused: dict[str, str] = {}
        self.late: set[str] = set()
        self.released = threading.Event()
        self.stops_after: int | None = None
        self._lock = threading.Lock()

    def responder(self, **environment: str) -> Responder:
        """The function of this account, where repair is on."""
        made = Responder(lambda _url: (500, ""), clients=self, REPAIR=json.dumps(REPAIR), **environment)
        self.publishing: Callable[[str], Any] = made.messages.client
        return made

    def reader(self) -> Reader:
        """What reads of this account alone."""
        return reader_of(self.reading, self.now)

    def reading(self, service: str) -> Any:
        """A client of a service."""
        return _Client(self, service)

    def call(self, service: str, operation: str, parameters: dict[str, Any]) -> Any:
        """The answer of an operation, as its model has it."""
        model = _operations(service)[operation]
        assert model.input_shape
        assert model.output_shape
        validate_parameters(parameters, model.input_shape)
        answer = self.do(operation, **parameters)
        validate_parameters(answer, model.output_shape)
        return answer

    def do(self, operation: str, **parameters: Any) -> Any:
        """Do what an operation does, unless the execution is stopped before or right after."""
        with self._lock:
            if self.stops_after is not None and len(self.calls) >= self.stops_after:
                raise StoppedError
            self.calls.append(operation)
            is_last = len(self.calls) == self.stops_after
        if operation in self.late:
            self.released.wait()
        answer_of = getattr(self, f"_{operation}", None)
        code = self.refused.get(operation, "" if answer_of else "AccessDenied")
        if code or not answer_of:
            name = operation.title().replace("_", "")
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, name)
        answer = self.answers.get(operation) or answer_of(parameters)
        if is_last:
            raise StoppedError
        return answer

    def _describe_instances(self, parameters: dict[str, Any]) -> Any:
        instances = [
            {
                "InstanceId": each,
                "State": {"Name": "running"},
                "LaunchTime": self.now - timedelta(days=1),
                "Tags": [{"Key": key, "Value": value} for key, value in self.tags[each].items()],
            }
            for each in parameters["Filters"][0]["Values"]
            if each in self.tags
        ]
        return {"Reservations": [{"Instances": instances}]}

    def _describe_instance_information(self, parameters: dict[str, Any]) -> Any:
        pinged = {"LastPingDateTime": self.now - timedelta(hours=2)}
        agents = [
            {
                "InstanceId": each,
                "PingStatus": "Online" if each in self.online else "ConnectionLost",
                **pinged,
            }
            for each in parameters["Filters"][0]["Values"]
        ]
        return {"InstanceInformationList": agents}

    def _describe_instance_status(self, parameters: dict[str, Any]) -> Any:
        ok = {"SystemStatus": {"Status": "ok"}, "InstanceStatus": {"Status": "ok"}}
        return {"InstanceStatuses": [{"InstanceId": each, **ok} for each in parameters["InstanceIds"]]}

    def _describe_iam_instance_profile_associations(self, parameters: dict[str, Any]) -> Any:
        has_profile = parameters["Filters"][0]["Values"][0] in self.profiles
        return {"IamInstanceProfileAssociations": [{"State": "disassociating"}] if has_profile else []}

    def _describe_auto_scaling_instances(self, _: Any) -> Any:
        return {"AutoScalingInstances": []}

    def _get_service_setting(self, _: Any) -> Any:
        return {"ServiceSetting": self.setting}

    def _describe_automation_executions(self, _: Any) -> Any:
        is_listed = Counter(self.calls)["describe_automation_executions"] > self.listed_after
        running = [("99999999-2222-3333-4444-555555555555", 0, f"{DOCUMENT}-2")]
        running += [(*each, DOCUMENT) for each in self.running[::-1] if is_listed]
        found = [
            {
                "AutomationExecutionId": execution_id,
                "DocumentName": document,
                "ExecutionStartTime": self.now + timedelta(seconds=seconds),
            }
            for execution_id, seconds, document in running
        ]
        return {"AutomationExecutionMetadataList": found}

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


class _Client:
    """A boto3 client of a service: it has the operations of the shipped model, each with one page."""

    def __init__(self, account: RepairAccount, service: str) -> None:
        self._account = account
        self._service = service

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **parameters: [getattr(self, operation)(**parameters)])

    def __getattr__(self, operation: str) -> Any:
        if operation not in _operations(self._service):
            raise AttributeError(operation)
        return lambda **parameters: self._account.call(self._service, operation, parameters)
