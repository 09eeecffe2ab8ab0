from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.automation import actions, unconfirmed
from sandbox.automation.execution import NO_OUTPUT
from sandbox.gateway import AwsError, Call
from sandbox.tests.deployments import ACCOUNT, allow, make_function, make_role
from sandbox.tests.test_automation import REGION, TRUST, create, execution, output, run, script, start, step

HANDLER = """
import time

def handler(event, context):
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "error" in event:
        raise ValueError(event["error"])
    if "bytes" in event:
        return "x" * event["bytes"]
    print("looked")
    return {"text": "hello", "event": event, "lines": ["a | b", "c"]}
"""


@pytest.fixture(scope="module")
def function(sandbox: Sandbox) -> str:
    make_role(sandbox, "ssm", [allow("lambda:InvokeFunction")], TRUST, name="invoker")
    make_role(sandbox, "ssm", [], TRUST, name="idle")
    return make_function(sandbox, HANDLER, region=REGION)


OUTPUTS = [
    output("Text", "$.Payload.text"),
    output("Lines", "$.Payload.lines", "StringList"),
    output("Event", "$.Payload.event", "StringMap"),
    output("Gone", "$.Payload.gone"),
]


def invoke(function: str, *, timeout: int = 300, **inputs: Any) -> dict[str, Any]:
    inputs = {"FunctionName": function, **inputs}
    return step("invokeLambdaFunction", inputs=inputs, outputs=OUTPUTS, timeoutSeconds=timeout)


def ran(
    sandbox: Sandbox, step_: dict[str, Any], *more: dict[str, Any], role: str = "invoker"
) -> dict[str, Any]:
    """The step after its execution has ended."""
    found = run(sandbox, step_, *more, assumeRole=f"arn:aws:iam::{ACCOUNT}:role/{role}")
    result: dict[str, Any] = found["StepExecutions"]["run"]
    return result


@pytest.mark.parametrize(
    ("inputs", "event"),
    [
        (
            {"InputPayload": {"a": ["b", 1], "region": "{{ global:REGION }}"}},
            {"a": ["b", 1], "region": REGION},
        ),
        ({"Payload": '{"a": "{{ global:REGION }}"}'}, {"a": REGION}),
        ({"InputPayload": {"a": 1}, "Payload": '{"b": 2}'}, {"a": 1}),
        ({"InputPayload": {}, "InvocationType": "RequestResponse"}, {}),
    ],
)
def test_outputs_are_selected_from_the_answer(
    sandbox: Sandbox, function: str, inputs: dict[str, Any], event: dict[str, Any]
) -> None:
    found = ran(sandbox, invoke(function, **inputs))
    assert found["StepStatus"] == "Success"
    shown = found["Outputs"]
    assert (shown["Text"], shown["Lines"], shown["StatusCode"]) == (["hello"], ["a | b", "c"], ["200"])
    assert json.loads(shown["Event"][0]) == event
    assert json.loads(shown["Payload"][0])["text"] == "hello"
    assert json.loads(shown["OutputPayload"][0])["Payload"]["event"] == event
    assert not {"Gone", "FunctionError", "LogResult"} & set(shown)


def test_the_tail_of_the_log_is_an_output(sandbox: Sandbox, function: str) -> None:
    [tail] = ran(sandbox, invoke(function, InputPayload={}, LogType="Tail"))["Outputs"]["LogResult"]
    assert "looked" in base64.b64decode(tail).decode()


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"FunctionName": "missing"}, "ResourceNotFoundException"),
        ({"InvocationType": "Event"}, "does not model the InvocationType Event"),
        ({"Qualifier": "live"}, "NotModelled"),
        ({"ClientContext": "e30="}, "NotModelled"),
        ({"InputPayload": "{{ global:REGION }}"}, f"The InputPayload {REGION} is no map"),
        ({"InputPayload": {"bytes": 200_001}}, "more than 200 KB"),
    ],
)
def test_a_call_that_is_refused_fails_its_step(
    sandbox: Sandbox, function: str, inputs: dict[str, Any], text: str
) -> None:
    found = ran(sandbox, invoke(**{"function": function, "InputPayload": {}, **inputs}))
    assert found["StepStatus"] == "Failed"
    assert text in found["FailureMessage"]


def test_a_function_is_called_with_the_rights_of_the_role(sandbox: Sandbox, function: str) -> None:
    found = ran(sandbox, invoke(function, InputPayload={}), role="idle")
    assert "lambda:InvokeFunction" in found["FailureMessage"]


def test_an_error_of_the_function_fails_the_step(sandbox: Sandbox, function: str) -> None:
    found = ran(sandbox, invoke(function, InputPayload={"error": "no"}))
    assert found["StepStatus"] == "Failed"
    assert "The function failed: Unhandled" in found["FailureMessage"]
    assert "ValueError" in found["FailureMessage"]
    assert set(found["Outputs"]) == {"Text", "Lines", "Event", "Gone"}
    assert found["Outputs"]["Text"] == [NO_OUTPUT]


def test_an_error_of_the_function_may_be_an_output(
    sandbox: Sandbox, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unconfirmed, "FUNCTION_ERROR_FAILS_ITS_STEP", False)
    found = ran(sandbox, invoke(function, InputPayload={"error": "no"}))
    assert found["StepStatus"] == "Success"
    assert found["Outputs"]["FunctionError"] == ["Unhandled"]
    assert json.loads(found["Outputs"]["Payload"][0])["errorType"] == "ValueError"
    assert "Text" not in found["Outputs"]


@pytest.mark.parametrize(("seconds", "most"), [(1, actions.LAMBDA_SECONDS), (900, 1)])
def test_a_function_that_takes_too_long_times_out(
    sandbox: Sandbox, function: str, monkeypatch: pytest.MonkeyPatch, seconds: int, most: int
) -> None:
    monkeypatch.setattr(actions, "LAMBDA_SECONDS", most)
    found = ran(sandbox, invoke(function, timeout=seconds, InputPayload={"sleep": 3}))
    assert found["StepStatus"] == "TimedOut"
    assert "did not end within 1 seconds" in found["FailureMessage"]


def test_a_stop_does_not_wait_for_a_function(sandbox: Sandbox, function: str) -> None:
    execution_id = start(sandbox, create(sandbox, invoke(function, InputPayload={"sleep": 3})))
    sandbox.client("ssm", REGION).stop_automation_execution(AutomationExecutionId=execution_id)
    sandbox.settle()
    found = execution(sandbox, execution_id)
    assert found["AutomationExecutionStatus"] == "Cancelled"
    assert "Success" not in str(found["StepExecutions"])


@contextmanager
def throttling(sandbox: Sandbox, *operation: str, times: int, code: str) -> Iterator[list[str]]:
    """Refuse as many calls of an operation, and tell of those that came."""
    came: list[str] = []

    def refuse(_call: Call) -> None:
        came.append(code)
        if len(came) <= times:
            raise AwsError(code, "Rate exceeded")

    hooks = sandbox.gateway.before[operation[0], operation[1]]
    hooks.append(refuse)
    try:
        yield came
    finally:
        hooks.remove(refuse)


@pytest.mark.parametrize(
    ("times", "code", "limit", "timeout", "status", "calls"),
    [
        (3, "TooManyRequestsException", 3600, 300, "Success", 4),
        (3, "ThrottlingException", 3600, 300, "Success", 4),
        (99, "TooManyRequestsException", 3600, 3600, "Failed", 12),  # 1 + 2 + … + 1024 seconds
        (99, "TooManyRequestsException", 3600, 300, "TimedOut", 9),
        (99, "TooManyRequestsException", 0, 300, "Failed", 1),
        (99, "ServiceException", 3600, 300, "Failed", 1),
    ],
)
def test_a_throttled_call_is_repeated(
    sandbox: Sandbox,
    function: str,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
    code: str,
    limit: int,
    timeout: int,
    status: str,
    calls: int,
) -> None:
    monkeypatch.setattr(actions, "THROTTLING_RETRY_SECONDS", limit)
    with throttling(sandbox, "lambda", "Invoke", times=times, code=code) as came:
        found = ran(sandbox, invoke(function, timeout=timeout, InputPayload={}))
    assert (found["StepStatus"], len(came)) == (status, calls)
    assert status == "Success" or code in found["FailureMessage"]


def test_other_calls_are_repeated_too_but_not_those_of_scripts(sandbox: Sandbox) -> None:
    call = step("executeAwsApi", inputs={"Service": "sts", "Api": "GetCallerIdentity"})
    with throttling(sandbox, "sts", "GetCallerIdentity", times=2, code="ThrottlingException") as came:
        assert run(sandbox, call)["AutomationExecutionStatus"] == "Success"
        assert len(came) == 3
    code = "import boto3\nfrom botocore.config import Config\n"
    code += "once = Config(retries={'total_max_attempts': 1})\n"
    code += "boto3.client('sts', config=once).get_caller_identity()"
    with throttling(sandbox, "sts", "GetCallerIdentity", times=2, code="ThrottlingException") as came:
        assert run(sandbox, script(code))["AutomationExecutionStatus"] == "Failed"
        assert len(came) == 1
