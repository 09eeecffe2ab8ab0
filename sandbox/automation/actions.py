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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from jsonpath_ng.ext.parser import parse as parse_path

from sandbox.access import Access
from sandbox.automation import script_host, unconfirmed
from sandbox.automation.documents import ACTIONS as DOCUMENTED
from sandbox.automation.execution import Execution
from sandbox.automation.executions import Executions
from sandbox.automation.parameters import TYPES
from sandbox.automation.references import text
from sandbox.background import in_thread

SCRIPT_SECONDS = 600  # "a maximum duration of 600 seconds"
LAMBDA_SECONDS = 300  # "a maximum duration of 300 seconds"
LAMBDA_BYTES = 200_000  # as an old page of AWS says of the Payload
# The account's setting /ssm/automation/throttling-retry-time-limit. AWS names no default; this is the most.
THROTTLING_RETRY_SECONDS = 3600
THROTTLED = {"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"}
TURNS = threading.BoundedSemaphore(8)
"""Who may run a process of a script or function: 100 executions at a time are too much for one machine."""
# Real seconds, however long it would be in AWS.
LONGEST_SLEEP = 2
LONGEST_POLLING = 5
LONGEST_RETRY_PAUSE = 0.05
POLL_PAUSE = 0.2
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


@dataclass(frozen=True)
class Context:
    """What an action may use; `timeout` in seconds."""

    execution: Execution
    access: Access
    timeout: float
    executions: Executions

    def client(self, service: str) -> Any:
        """A client with the execution's credentials."""
        return self.access.client(service, self.execution.region, self.execution.credentials)

    def timed_out(self) -> StepFailureError:
        """The error of a step that takes longer than it may."""
        return StepFailureError(f"The step did not end within {self.timeout} seconds", status="TimedOut")

    def pause(self, seconds: float) -> None:
        """Wait, unless the execution is cancelled."""
        if self.execution.cancelled.wait(seconds):
            raise CancelledError

    def wait_until(self, is_done: Callable[[], object], most: float, pause: float = 0.02) -> None:
        """Look again and again, for `most` real seconds and no longer than the step may take."""
        until = time.monotonic() + min(self.timeout, most)
        while not is_done():
            self.pause(pause)
            if time.monotonic() > until:
                raise self.timed_out()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until a process may be started, and hold the place."""
        while not TURNS.acquire(timeout=0.05):
            self.pause(0)
        try:
            yield
        finally:
            TURNS.release()


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
        with Path(folder, "log.txt").open("wb") as log, context.turn():
            process = subprocess.Popen(
                [sys.executable, "-I", script_host.__file__],
                cwd=folder,
                env=_script_environment(context, folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                context.wait_until(lambda: process.poll() is not None, SCRIPT_SECONDS)
            finally:
                process.kill()
                process.wait()
        return {"Payload": _script_payload(Path(folder))}


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
    inherited = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {
        **inherited,
        "HOME": folder,
        "TMPDIR": folder,
        "LC_ALL": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
        **context.access.environment(context.execution.region, context.execution.credentials),
    }


def invoke_lambda_function(inputs: dict[str, Any], context: Context) -> Any:
    """Run a function with the execution's credentials; the payload's `Payload` is what its answer says."""
    _only_modelled("aws:invokeLambdaFunction", inputs, "FunctionName", "InputPayload")
    given = inputs.get("InputPayload", {})
    if not isinstance(given, dict):
        raise StepFailureError(f"The InputPayload {text(given)} is no map")
    answer, body = _repeat_while_throttled(lambda: _invoke(inputs["FunctionName"], given, context), context)
    if len(body) > LAMBDA_BYTES:
        raise StepFailureError(f"The Payload has {len(body)} bytes, more than 200 KB")
    if "FunctionError" in answer and unconfirmed.FUNCTION_ERROR_FAILS_ITS_STEP:
        message = f"The function failed: {answer['FunctionError']}. {body.decode()}"
        raise StepFailureError(message, when="Poll action status for completion")
    shown = {name: answer[name] for name in ("StatusCode", "FunctionError") if name in answer}
    return {**shown, "Payload": json.loads(body or "null")}


def _invoke(function: str, event: dict[str, Any], context: Context) -> tuple[dict[str, Any], bytes]:
    """The answer of one call and its body. A function that takes longer than the step may runs on."""
    client = context.client("lambda")

    def call() -> tuple[dict[str, Any], bytes]:
        answer = client.invoke(FunctionName=function, Payload=text(event))
        return answer, answer["Payload"].read()

    with context.turn():
        running = in_thread(call)
        context.wait_until(running.done, LAMBDA_SECONDS)
    result: tuple[dict[str, Any], bytes] = running.result()
    return result


def _only_modelled(action: str, inputs: dict[str, Any], *names: str) -> None:
    if unknown := sorted(set(inputs) - set(names)):
        raise StepFailureError(f"the sandbox does not model {unknown} of {action}")


def _repeat_while_throttled(call: Callable[[], Any], context: Context) -> Any:
    """What the call gives; what is throttled is called again, as long as the account's setting says.

    The pauses get longer: 1 s, 2 s, 4 s. They count as part of the step's time, although they are short here.
    """
    paused, pause = 0, 1
    while True:
        try:
            return call()
        except (BotoCoreError, ClientError, TypeError) as error:
            if not _is_throttled(error) or paused + pause > THROTTLING_RETRY_SECONDS:
                raise StepFailureError(str(error)) from error
            if paused + pause > context.timeout:
                raise StepFailureError(str(error), status="TimedOut") from error
        context.pause(min(pause, LONGEST_RETRY_PAUSE))
        paused, pause = paused + pause, pause * 2


def _is_throttled(error: Exception) -> bool:
    answer: Any = error.response if isinstance(error, ClientError) else {}
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == 429 or answer.get("Error", {}).get("Code") in THROTTLED


def execute_aws_api(inputs: dict[str, Any], context: Context) -> Any:
    """Call an operation of an AWS service; the payload is its whole response."""
    arguments = {name: value for name, value in inputs.items() if name not in ("Service", "Api")}

    def call() -> Any:
        method = getattr(context.client(inputs["Service"]), xform_name(inputs["Api"]), None)
        if method is None:
            raise StepFailureError(f"The service {inputs['Service']} has no API {inputs['Api']}")
        return json.loads(text(method(**arguments)))  # what is not JSON becomes text

    return _repeat_while_throttled(call, context)


def wait_for_property(inputs: dict[str, Any], context: Context) -> Any:
    """Call an operation until a value of its response is one of the desired ones."""
    own = ("PropertySelector", "DesiredValues")
    call = {name: given for name, given in inputs.items() if name not in own}

    def is_desired() -> bool:
        value = select(inputs["PropertySelector"], execute_aws_api(call, context))
        if not isinstance(value, str | None):
            raise StepFailureError("the sandbox does not model a PropertySelector that selects no text")
        return value in inputs["DesiredValues"]

    context.wait_until(is_desired, LONGEST_POLLING, POLL_PAUSE)
    return {}


def execute_automation(inputs: dict[str, Any], context: Context) -> Any:
    """Start another runbook with the execution's credentials, and wait for its end."""
    _only_modelled("aws:executeAutomation", inputs, "DocumentName", "RuntimeParameters")
    given = inputs.get("RuntimeParameters", {}).items()
    parameters = {name: value if isinstance(value, list) else [text(value)] for name, value in given}
    client = context.client("ssm")
    try:
        started = client.start_automation_execution(
            DocumentName=inputs["DocumentName"], **({"Parameters": parameters} if parameters else {})
        )
        execution_id = started["AutomationExecutionId"]
        in_time = context.executions.wait_for_child(execution_id, context.execution, context.timeout)
        context.pause(0)
        if not in_time:
            raise context.timed_out()
        child = client.get_automation_execution(AutomationExecutionId=execution_id)["AutomationExecution"]
    except (BotoCoreError, ClientError) as error:
        raise StepFailureError(str(error)) from error
    status = child["AutomationExecutionStatus"]
    if status != "Success":
        message = f"The execution {execution_id} ended as {status}: {child.get('FailureMessage')}"
        raise StepFailureError(message, when="Poll action status for completion")
    output = [each for texts in child["Outputs"].values() for each in texts]
    return {"ExecutionId": execution_id, "Status": status, "Output": output}


def sleep(inputs: dict[str, Any], context: Context) -> Any:
    """Wait for a time."""
    if "Timestamp" in inputs:
        raise StepFailureError("the sandbox does not model the input Timestamp of aws:sleep")
    found = DURATION.fullmatch(str(inputs["Duration"]))
    if not found:
        raise StepFailureError(f"{inputs['Duration']} is no ISO 8601 duration")
    duration = timedelta(**{unit: int(count or 0) for unit, count in found.groupdict().items()})
    seconds = duration.total_seconds()
    context.pause(min(seconds, context.timeout, LONGEST_SLEEP))
    if seconds > context.timeout:
        raise context.timed_out()
    return {}


def branch(inputs: dict[str, Any], _context: Context) -> Any:
    """Choose the next step by the first choice that holds; without one, and a default, choose none."""
    chosen = next((choice["NextStep"] for choice in inputs["Choices"] if _holds(choice)), None)
    chosen = chosen or inputs.get("Default")
    return {"NextStep": chosen} if chosen else {}


def _holds(choice: dict[str, Any]) -> bool:
    if "And" in choice:
        return all(_holds(each) for each in choice["And"])
    if "Or" in choice:
        return any(_holds(each) for each in choice["Or"])
    if "Not" in choice:
        return not _holds(choice["Not"])
    return text(choice["Variable"]) == text(choice["StringEquals"])


ACTIONS: dict[str, Callable[[dict[str, Any], Context], Any]] = {
    "aws:branch": branch,
    "aws:executeAutomation": execute_automation,
    "aws:executeAwsApi": execute_aws_api,
    "aws:executeScript": execute_script,
    "aws:invokeLambdaFunction": invoke_lambda_function,
    "aws:sleep": sleep,
    "aws:waitForAwsResourceProperty": wait_for_property,
}
