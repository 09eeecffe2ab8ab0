from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import ACCOUNT, REGION, allow, credentials, make_function, make_role, session

DOUBLES = """
def handler(event, context):
    print("doubling")
    return {"doubled": event.get("n", 0) * 2, "request": context.aws_request_id}
"""
MISSING = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:none"


def invoke(sandbox: Sandbox, function: str, **settings: Any) -> tuple[dict[str, Any], Any]:
    """Return the answer of `Invoke`, and its payload."""
    answer = sandbox.client("lambda", REGION).invoke(FunctionName=function, **settings)
    return answer, json.loads(answer["Payload"].read())


@pytest.mark.parametrize("form", ["{name}", "{arn}", "{account}:function:{name}"])
def test_a_role_that_may_gets_the_answer(sandbox: Sandbox, form: str) -> None:
    function = make_function(sandbox, DOUBLES)
    holder = session(sandbox, {**allow("lambda:InvokeFunction"), "Resource": function})
    answer = sandbox.access.client("lambda", REGION, holder).invoke(
        FunctionName=form.format(name=function.split(":")[-1], arn=function, account=ACCOUNT),
        Payload=b'{"n": 21}',
    )
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert not {"FunctionError", "LogResult"} & set(answer)
    payload = json.loads(answer["Payload"].read())
    assert payload["doubled"] == 42
    assert len(payload["request"]) == 36


def test_a_role_that_may_not_is_denied_until_the_functions_policy_allows_it(sandbox: Sandbox) -> None:
    function = make_function(sandbox, DOUBLES)
    role = make_role(sandbox, "lambda", [{**allow("lambda:InvokeFunction"), "Resource": f"{function}-other"}])
    client = sandbox.access.client("lambda", REGION, credentials(sandbox, role))
    with pytest.raises(ClientError) as denied:
        client.invoke(FunctionName=function)
    reason = f"is not authorized to perform: lambda:InvokeFunction on resource: {function} because no"
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
    assert reason in denied.value.response["Error"]["Message"]
    sandbox.client("lambda", REGION).add_permission(
        FunctionName=function, StatementId="role", Action="lambda:InvokeFunction", Principal=role
    )
    assert json.loads(client.invoke(FunctionName=function)["Payload"].read())["doubled"] == 0


@pytest.mark.parametrize(
    ("code", "error_type", "message"),
    [
        ("raise KeyError('colour')", "KeyError", "'colour'"),
        ("import time; time.sleep(30)", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ("import os; os._exit(3)", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("import sys; sys.exit()", "Runtime.ExitError", "Runtime exited without providing a reason"),
        ("import os; os.kill(os.getpid(), 9)", "Runtime.ExitError", "with error: signal: killed"),
        ("return 'x' * 7_000_000", "Function.ResponseSizeTooLarge", "payload size (6291556 bytes)"),
        ("return object()", "TypeError", "not JSON serializable"),
    ],
)
def test_an_error_of_the_function_is_in_the_answer(
    sandbox: Sandbox, code: str, error_type: str, message: str
) -> None:
    seconds = 1 if "sleep" in code else 20
    function = make_function(sandbox, f"def handler(event, context):\n    {code}", Timeout=seconds)
    answer, payload = invoke(sandbox, function)
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert payload["errorType"] == error_type
    assert message in payload["errorMessage"]


@pytest.mark.parametrize(
    ("settings", "code", "status", "message"),
    [
        ({"FunctionName": "none"}, "ResourceNotFoundException", 404, f"Function not found: {MISSING}"),
        ({"FunctionName": MISSING}, "ResourceNotFoundException", 404, f"Function not found: {MISSING}"),
        (
            {"FunctionName": MISSING.replace(REGION, "us-east-1")},
            "ResourceNotFoundException",
            404,
            f"Functions from 'us-east-1' are not reachable in this region ('{REGION}')",
        ),
        ({"Payload": b"{not json"}, "InvalidRequestContentException", 400, "Could not parse request body"),
        ({"Payload": b'"%s"' % (b"x" * 6_291_456)}, "RequestTooLargeException", 413, "smaller than 6291456"),
    ],
)
def test_what_is_refused(
    sandbox: Sandbox, settings: dict[str, Any], code: str, status: int, message: str
) -> None:
    function = make_function(sandbox, DOUBLES)
    with pytest.raises(ClientError) as refused:
        sandbox.client("lambda", REGION).invoke(**{"FunctionName": function, **settings})
    error = refused.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert message in error["Error"]["Message"]


def test_a_large_event_and_a_large_answer_come_through(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "def handler(event, context): return event")
    event = "é" * 1_000_000
    assert invoke(sandbox, function, Payload=json.dumps(event).encode())[1] == event


def test_the_end_of_the_log_comes_with_the_answer(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "def handler(event, context): print('x' * 5000); print('the end')")
    answer, _ = invoke(sandbox, function, LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert len(tail) == 4096
    assert tail.endswith("x\nthe end\n")
