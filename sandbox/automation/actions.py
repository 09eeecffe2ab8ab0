"""The actions that the sandbox runs. An action takes the step's inputs, without references."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from jsonpath_ng.ext.parser import parse as parse_path

from sandbox.access import Access
from sandbox.automation import script_host
from sandbox.automation.documents import ACTIONS as DOCUMENTED
from sandbox.automation.execution import Execution
from sandbox.automation.parameters import TYPES
from sandbox.automation.references import text

SCRIPT_SECONDS = 600  # "a maximum duration of 600 seconds"
LONGEST_SLEEP = 2  # real seconds, however long it would be in AWS
DURATION = re.compile(
    r"P(?=.)((?P<weeks>\d+)W)?((?P<days>\d+)D)?(T(?=.)((?P<hours>\d+)H)?((?P<minutes>\d+)M)?((?P<seconds>\d+)S)?)?"
)


class StepFailureError(Exception):
    """A step that failed; `status` is the one that the step gets."""

    def __init__(
        self, message: str, *, when: str = "Execute/Cancelling action", status: str = "Failed"
    ) -> None:
        super().__init__(message)
        self.when, self.status = when, status


class CancelledError(Exception):
    """The sandbox stops while a step runs."""


class Children(Protocol):
    """The executions that a step has started, by their ids."""

    def run(self, execution_id: str, parent: Execution) -> None:
        """Return when it has ended."""

    def cancel(self, execution_id: str) -> None:
        """Let it end before its next step."""


@dataclass(frozen=True)
class Context:
    """What an action may use; `timeout` in seconds."""

    execution: Execution
    access: Access
    endpoint: str
    timeout: float
    children: Children

    def timed_out(self) -> StepFailureError:
        """The error of a step that takes longer than it may."""
        return StepFailureError(f"The step did not end within {self.timeout} seconds", status="TimedOut")


def select(selector: str, payload: Any) -> Any:
    """What a JSONPath finds: a list if it may find several values, else the value or None."""
    found = [match.value for match in parse_path(selector).find(payload)]
    unquoted = re.sub(r"'[^']*'|\"[^\"]*\"", "", selector)
    several = any(sign in unquoted for sign in ("..", "*", "?", ":", ","))
    return found if several else next(iter(found), None)


def outputs(step: dict[str, Any], payload: Any) -> dict[str, Any]:
    """The action's outputs and those that the step selects from its payload; what isn't found is left out.

    Raises:
        StepFailureError: a value is not of the output's type.
    """
    values = {name: payload.get(name) for name in DOCUMENTED[step["action"]].outputs}
    values |= {output["Name"]: select(output["Selector"], payload) for output in step.get("outputs", [])}
    for output in step.get("outputs", []):
        value, kind = values[output["Name"]], output.get("Type", "String")
        if value is not None and not TYPES[kind](value):
            message = f"The output {output['Name']} is {text(value)}, which is no {kind}"
            raise StepFailureError(message, when="verifying the outputs")
    return {name: value for name, value in values.items() if value is not None}


def execute_script(inputs: dict[str, Any], context: Context) -> Any:
    """Run a Python script's handler with the execution's credentials; none of the caller's are passed on."""
    with tempfile.TemporaryDirectory(prefix="automation-") as folder:
        events = inputs.get("InputPayload", {})
        request = {"handler": inputs["Handler"], "events": events, "now": time.time()}
        Path(folder, script_host.SCRIPT).write_text(inputs["Script"], encoding="utf-8")
        Path(folder, "request.json").write_text(json.dumps(request, default=str), encoding="utf-8")
        with Path(folder, "log.txt").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-I", script_host.__file__],
                cwd=folder,
                env=_script_environment(context, folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            _wait_for(process, context)
        return {"Payload": _script_payload(Path(folder))}


def _wait_for(process: subprocess.Popen[bytes], context: Context) -> None:
    deadline = time.monotonic() + min(context.timeout, SCRIPT_SECONDS)
    try:
        while process.poll() is None:
            if context.execution.cancelled.wait(0.02):
                raise CancelledError
            if time.monotonic() > deadline:
                raise context.timed_out()
    finally:
        process.kill()
        process.wait()


def _script_payload(folder: Path) -> Any:
    try:
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        log = (folder / "log.txt").read_text(encoding="utf-8", errors="replace")
        result = {"failure": f"The script ended without a result. {log}"}
    if "failure" in result:
        raise StepFailureError(result["failure"], when="Poll action status for completion")
    return result["payload"]


def _script_environment(context: Context, folder: str) -> dict[str, str]:
    credentials, region = context.execution.credentials, context.execution.region
    inherited = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {
        **inherited,
        "HOME": folder,
        "TMPDIR": folder,
        "LC_ALL": "C.UTF-8",
        "AWS_ENDPOINT_URL": context.endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def execute_aws_api(inputs: dict[str, Any], context: Context) -> Any:
    """Call an operation of an AWS service; the payload is its whole response."""
    arguments = {name: value for name, value in inputs.items() if name not in ("Service", "Api")}
    execution = context.execution
    try:
        client = context.access.client(inputs["Service"], execution.region, execution.credentials)
        method = getattr(client, xform_name(inputs["Api"]), None)
        if method is None:
            raise StepFailureError(f"The service {inputs['Service']} has no API {inputs['Api']}")
        return json.loads(text(method(**arguments)))  # what is not JSON becomes text
    except (BotoCoreError, ClientError, TypeError) as error:
        raise StepFailureError(str(error)) from error


def execute_automation(inputs: dict[str, Any], context: Context) -> Any:
    """Start another runbook with the execution's credentials, and wait for its end."""
    unknown = set(inputs) - {"DocumentName", "DocumentVersion", "RuntimeParameters"}
    if unknown:
        raise StepFailureError(f"the sandbox does not model {sorted(unknown)} of aws:executeAutomation")
    given = inputs.get("RuntimeParameters", {}).items()
    parameters = {name: value if isinstance(value, list) else [text(value)] for name, value in given}
    wanted = {"DocumentVersion": inputs.get("DocumentVersion"), "Parameters": parameters}
    try:
        client = context.access.client("ssm", context.execution.region, context.execution.credentials)
        started = client.start_automation_execution(
            DocumentName=inputs["DocumentName"], **{name: value for name, value in wanted.items() if value}
        )
        execution_id = started["AutomationExecutionId"]
        _wait_for_child(execution_id, context)
        child = client.get_automation_execution(AutomationExecutionId=execution_id)["AutomationExecution"]
    except (BotoCoreError, ClientError) as error:
        raise StepFailureError(str(error)) from error
    status = child["AutomationExecutionStatus"]
    if status != "Success":
        message = f"The execution {execution_id} ended as {status}: {child.get('FailureMessage')}"
        raise StepFailureError(message, when="Poll action status for completion")
    output = [each for texts in child["Outputs"].values() for each in texts]
    return {"ExecutionId": execution_id, "Status": status, "Output": output}


def _wait_for_child(execution_id: str, context: Context) -> None:
    """Return when it has ended; if it takes longer than the step may, it is cancelled."""
    late = threading.Timer(context.timeout, lambda: context.children.cancel(execution_id))
    late.start()
    try:
        context.children.run(execution_id, context.execution)
    finally:
        is_late = not late.is_alive()
        late.cancel()
    if context.execution.cancelled.is_set():
        raise CancelledError
    if is_late:
        raise context.timed_out()


def sleep(inputs: dict[str, Any], context: Context) -> Any:
    """Wait for a time."""
    if "Timestamp" in inputs:
        raise StepFailureError("the sandbox does not model the input Timestamp of aws:sleep")
    found = DURATION.fullmatch(str(inputs["Duration"]))
    if not found:
        raise StepFailureError(f"{inputs['Duration']} is no ISO 8601 duration")
    duration = timedelta(**{unit: int(count or 0) for unit, count in found.groupdict().items()})
    seconds = duration.total_seconds()
    if context.execution.cancelled.wait(min(seconds, context.timeout, LONGEST_SLEEP)):
        raise CancelledError
    if seconds > context.timeout:
        raise context.timed_out()
    return {}


def branch(inputs: dict[str, Any], _context: Context) -> Any:
    """Choose the next step by the first choice whose variable equals its text."""
    for choice in inputs["Choices"]:
        unknown = set(choice) - {"NextStep", "Variable", "StringEquals"}
        if unknown:
            raise StepFailureError(f"the sandbox does not model {sorted(unknown)} of aws:branch")
        if choice["Variable"] == choice["StringEquals"]:
            return {"NextStep": choice["NextStep"]}
    if "Default" not in inputs:
        raise StepFailureError("No choice of the branch holds, and it has no Default")
    return {"NextStep": inputs["Default"]}


ACTIONS: dict[str, Callable[[dict[str, Any], Context], Any]] = {
    "aws:branch": branch,
    "aws:executeAutomation": execute_automation,
    "aws:executeAwsApi": execute_aws_api,
    "aws:executeScript": execute_script,
    "aws:sleep": sleep,
}
