"""The actions that the sandbox runs. An action takes the step's inputs, without references."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, UnknownServiceError
from jsonpath_ng.ext.parser import parse as parse_path

from sandbox.access import Access
from sandbox.automation import conditions, script_host
from sandbox.automation.execution import Execution
from sandbox.automation.references import text

SCRIPT_SECONDS = 600  # "a maximum duration of 600 seconds"
DEFAULT_SECONDS = 3600
POLL_SECONDS = 0.2
SHAPES: dict[str, Callable[[Any], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Integer": lambda value: type(value) is int,
    "Boolean": lambda value: isinstance(value, bool),
    "StringMap": lambda value: isinstance(value, dict),
    "StringList": lambda value: isinstance(value, list) and all(isinstance(entry, str) for entry in value),
    "MapList": lambda value: isinstance(value, list) and all(isinstance(entry, dict) for entry in value),
}
DURATION = re.compile(
    r"P(?=.)((?P<weeks>\d+)W)?((?P<days>\d+)D)?(T(?=.)((?P<hours>\d+)H)?((?P<minutes>\d+)M)?((?P<seconds>\d+)S)?)?"
)
SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3600, "minutes": 60, "seconds": 1}


class StepFailureError(Exception):
    """A step that failed: `stage` and `kind` as in the API's `FailureDetails`."""

    def __init__(self, message: str, *, when: str, stage: str = "Invocation", kind: str = "Action") -> None:
        super().__init__(message)
        self.when, self.stage, self.kind = when, stage, kind


class StepTimeoutError(Exception):
    """A step that took longer than it may."""


class CancelledError(Exception):
    """The execution was stopped while a step ran."""


@dataclass(frozen=True)
class Surroundings:
    """What an action may use. No wait lasts longer than `longest_wait`, in real seconds."""

    execution: Execution
    access: Access
    endpoint: str
    timeout: float
    longest_wait: float
    now: datetime

    def wait(self, seconds: float) -> None:
        """Wait in real time, however long an action would wait in AWS.

        Raises:
            StepTimeoutError: it would be longer than the step's time-out.
            CancelledError: the execution was stopped.
        """
        if self.execution.cancelled.wait(min(seconds, self.timeout, self.longest_wait)):
            raise CancelledError
        if seconds > self.timeout:
            raise StepTimeoutError


def select(selector: str, payload: Any) -> Any:
    """What a JSONPath finds: a list if it may find several values, else the value or None."""
    found = [match.value for match in parse_path(selector).find(payload)]
    unquoted = re.sub(r"'[^']*'|\"[^\"]*\"", "", selector)
    several = any(sign in unquoted for sign in ("..", "*", "?", ":", ","))
    return found if several else next(iter(found), None)


def outputs(step: dict[str, Any], payload: Any) -> dict[str, Any]:
    """The values that a step's outputs select from its payload; those not found are left out.

    Raises:
        StepFailureError: a value is not of the output's type.
    """
    values = {}
    for output in step.get("outputs", []):
        value, kind = select(output["Selector"], payload), output.get("Type", "String")
        if value is None:
            continue
        if not SHAPES[kind](value):
            message = f"The output {output['Name']} is {text(value)}, which is no {kind}"
            raise StepFailureError(message, when="verifying the outputs", stage="PostVerification")
        values[output["Name"]] = value
    return values


def execute_script(inputs: dict[str, Any], around: Surroundings) -> Any:
    """Run a Python script's handler with the execution's credentials; none of the caller's are passed on."""
    with tempfile.TemporaryDirectory(prefix="automation-") as folder:
        request = {"handler": inputs["Handler"], "events": inputs.get("InputPayload", {})}
        Path(folder, script_host.SCRIPT).write_text(inputs["Script"], encoding="utf-8")
        Path(folder, "request.json").write_text(json.dumps(request, default=str), encoding="utf-8")
        with Path(folder, "log.txt").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-I", script_host.__file__],
                cwd=folder,
                env=_script_environment(around, folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            _wait_for(process, around)
        return {"Payload": _script_payload(Path(folder))}


def _wait_for(process: subprocess.Popen[bytes], around: Surroundings) -> None:
    deadline = time.monotonic() + min(around.timeout, SCRIPT_SECONDS)
    try:
        while process.poll() is None:
            if around.execution.cancelled.wait(0.02):
                raise CancelledError
            if time.monotonic() > deadline:
                raise StepTimeoutError
    finally:
        process.kill()
        process.wait()


def _script_payload(folder: Path) -> Any:
    when = "Poll action status for completion"
    try:
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        log = (folder / "log.txt").read_text(encoding="utf-8", errors="replace")
        raise StepFailureError(f"The script ended without a result. {log}", when=when) from None
    if "failure" in result:
        raise StepFailureError(result["failure"], when=when)
    return result["payload"]


def _script_environment(around: Surroundings, folder: str) -> dict[str, str]:
    credentials, region = around.execution.credentials, around.execution.region
    inherited = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {
        **inherited,
        "HOME": folder,
        "TMPDIR": folder,
        "LC_ALL": "C.UTF-8",
        "AWS_ENDPOINT_URL": around.endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def execute_aws_api(inputs: dict[str, Any], around: Surroundings) -> Any:
    """Call an operation of an AWS service; the payload is its whole response."""
    when = "Execute/Cancelling action"
    arguments = {
        name: value
        for name, value in inputs.items()
        if name not in ("Service", "Api", "PropertySelector", "DesiredValues")
    }
    execution = around.execution
    try:
        client = around.access.client(inputs["Service"], execution.region, execution.credentials)
        method = getattr(client, xform_name(inputs["Api"]), None)
        if method is None:
            raise StepFailureError(f"The service {inputs['Service']} has no API {inputs['Api']}", when=when)
        return json.loads(text(method(**arguments)))  # what is not JSON becomes text
    except UnknownServiceError:
        raise StepFailureError(f"There is no service {inputs['Service']}", when=when) from None
    except ClientError as error:
        denied = "denied" in str(error).lower() or "not authorized" in str(error)
        raise StepFailureError(str(error), when=when, kind="Permission" if denied else "Action") from error
    except (BotoCoreError, TypeError) as error:
        raise StepFailureError(str(error), when=when) from error


def assert_property(inputs: dict[str, Any], around: Surroundings) -> Any:
    """Fail unless a property of a resource has one of the desired values."""
    response = execute_aws_api(inputs, around)
    if not _as_desired(inputs, response):
        value = text(select(inputs["PropertySelector"], response))
        message = f"The property {inputs['PropertySelector']} is {value}, none of {inputs['DesiredValues']}"
        raise StepFailureError(message, when="Execute/Cancelling action", kind="Verification")
    return response


def wait_for_property(inputs: dict[str, Any], around: Surroundings) -> Any:
    """Ask again and again until a property has one of the desired values."""
    deadline = time.monotonic() + min(around.timeout, around.longest_wait)
    while not _as_desired(inputs, response := execute_aws_api(inputs, around)):
        if time.monotonic() > deadline:
            raise StepTimeoutError
        around.wait(min(POLL_SECONDS, around.timeout))
    return response


def _as_desired(inputs: dict[str, Any], response: Any) -> bool:
    value = select(inputs["PropertySelector"], response)
    desired = [text(entry) for entry in inputs["DesiredValues"]]
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(text(entry) in desired for entry in values)


def sleep(inputs: dict[str, Any], around: Surroundings) -> Any:
    """Wait for a time, or until one."""
    when = "Execute/Cancelling action"
    try:
        if "Duration" in inputs:
            found = DURATION.fullmatch(inputs["Duration"])
            if not found:
                raise ValueError(f"{inputs['Duration']} is no ISO 8601 duration")
            seconds = float(sum(SECONDS[unit] * int(count or 0) for unit, count in found.groupdict().items()))
        else:
            until = datetime.fromisoformat(inputs["Timestamp"])
            seconds = max(0.0, (until - around.now).total_seconds())
    except (TypeError, ValueError) as error:
        raise StepFailureError(str(error), when=when) from error
    around.wait(seconds)
    return {}


def branch(inputs: dict[str, Any], around: Surroundings) -> Any:  # noqa: ARG001
    """Choose the next step; without a choice and a default it is the following one."""
    for choice in inputs["Choices"]:
        condition = {name: value for name, value in choice.items() if name != "NextStep"}
        try:
            if conditions.holds(condition):
                return {"NextStep": choice["NextStep"]}
        except (AttributeError, TypeError) as error:
            raise StepFailureError(str(error), when="Execute/Cancelling action") from error
    return {"NextStep": inputs.get("Default")}


Action = Callable[[dict[str, Any], Surroundings], Any]
ACTIONS: dict[str, Action] = {
    "aws:assertAwsResourceProperty": assert_property,
    "aws:branch": branch,
    "aws:executeAwsApi": execute_aws_api,
    "aws:executeScript": execute_script,
    "aws:sleep": sleep,
    "aws:waitForAwsResourceProperty": wait_for_property,
}
