from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.gateway import AwsError
from sandbox.tests.deployments import ACCOUNT, REGION, make_function, make_role, permit_config


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("functions")) as sandbox:
        yield sandbox


def invoke(sandbox: Sandbox, function_arn: str, event: Any = None, **settings: Any) -> dict[str, Any]:
    answer: dict[str, Any] = sandbox.client("lambda", REGION).invoke(
        FunctionName=function_arn, Payload=json.dumps(event or {}), **settings
    )
    answer["Payload"] = json.loads(answer["Payload"].read() or "null")
    return answer


def log_messages(sandbox: Sandbox, group: str) -> list[str]:
    logs = sandbox.client("logs", REGION)
    return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]


def test_runs_the_uploaded_code_and_returns_its_answer(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "def handler(event, context):\n    return {'doubled': event['n'] * 2}")
    answer = invoke(sandbox, function, {"n": 21})
    assert answer["Payload"] == {"doubled": 42}
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer


def test_environment_is_lambdas_and_nothing_of_the_callers(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_VAULT", "mine")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid")
    function = make_function(
        sandbox,
        "import os\ndef handler(event, context):\n    return dict(os.environ)",
        Environment={"Variables": {"COLOUR": "blue"}},
        MemorySize=256,
    )
    environment = invoke(sandbox, function)["Payload"]
    name = function.split(":")[-1]
    assert environment["COLOUR"] == "blue"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == f"/aws/lambda/{name}"
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == REGION
    assert environment["AWS_ENDPOINT_URL"] == sandbox.endpoint
    assert not {"AWS_VAULT", "HTTPS_PROXY"} & set(environment)


def test_calls_are_made_with_the_functions_role(sandbox: Sandbox) -> None:
    function = make_function(
        sandbox,
        """
        import boto3
        def handler(event, context):
            return boto3.client("sts").get_caller_identity()["Arn"]
        """,
    )
    name = function.split(":")[-1]
    assert invoke(sandbox, function)["Payload"].endswith(f"/{name}")
    assert ":assumed-role/role-" in invoke(sandbox, function)["Payload"]


def test_context_says_what_runs_and_how_long_it_may(sandbox: Sandbox) -> None:
    function = make_function(
        sandbox,
        """
        def handler(event, context):
            return [context.function_name, context.invoked_function_arn, context.memory_limit_in_mb,
                    context.function_version, context.log_group_name, len(context.aws_request_id),
                    context.get_remaining_time_in_millis()]
        """,
        Timeout=7,
    )
    name = function.split(":")[-1]
    *texts, remaining = invoke(sandbox, function)["Payload"]
    assert texts == [name, function, "128", "$LATEST", f"/aws/lambda/{name}", 36]
    assert 4000 < remaining <= 7000


def test_an_exception_is_answered_as_lambda_does(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "def handler(event, context):\n    raise KeyError('colour')")
    answer = invoke(sandbox, function, LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "KeyError"
    assert answer["Payload"]["errorMessage"] == "'colour'"
    assert len(answer["Payload"]["stackTrace"]) == 1
    assert "module.py" in answer["Payload"]["stackTrace"][0]
    assert "[ERROR] KeyError: 'colour'" in base64.b64decode(answer["LogResult"]).decode()


@pytest.mark.parametrize(
    ("code", "error_type"),
    [
        ("import nowhere", "Runtime.ImportModuleError"),
        ("x = 1", "Runtime.HandlerNotFound"),
        ("def handler(event, context): return object()", "Runtime.MarshalError"),
        ("import os\ndef handler(event, context): os._exit(3)", "Runtime.ExitError"),
    ],
)
def test_what_cannot_run_has_lambdas_error_type(sandbox: Sandbox, code: str, error_type: str) -> None:
    assert invoke(sandbox, make_function(sandbox, code))["Payload"]["errorType"] == error_type


def test_a_function_is_killed_after_its_timeout(sandbox: Sandbox) -> None:
    code = "import time\ndef handler(event, context):\n    time.sleep(30)"
    function = make_function(sandbox, code, Timeout=1)
    start = time.monotonic()
    answer = invoke(sandbox, function)
    assert time.monotonic() - start < 10
    assert answer["Payload"]["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in answer["Payload"]["errorMessage"]


def test_logs_are_written_in_json_with_extra_fields(sandbox: Sandbox) -> None:
    group = "/my/group"
    sandbox.client("logs", REGION).create_log_group(logGroupName=group)
    function = make_function(
        sandbox,
        """
        import logging
        def handler(event, context):
            logging.getLogger("mine").info("counted", extra={"machines": 3})
            logging.getLogger("mine").debug("not shown")
            try:
                raise ValueError("bad")
            except ValueError:
                logging.exception("failed")
        """,
        LoggingConfig={"LogFormat": "JSON", "LogGroup": group},
    )
    invoke(sandbox, function)
    counted, failed = [json.loads(message) for message in log_messages(sandbox, group)]
    assert (counted["level"], counted["message"], counted["machines"]) == ("INFO", "counted", 3)
    assert counted["logger"] == "mine"
    assert len(counted["requestId"]) == 36
    assert (failed["errorType"], failed["errorMessage"]) == ("ValueError", "bad")
    assert failed["location"].endswith("handler:9")
    assert failed["stackTrace"]


def test_without_log_permissions_the_log_group_stays_empty(sandbox: Sandbox) -> None:
    code = "def handler(event, context):\n    print('hello')\n    return 'ok'"
    function = make_function(sandbox, code, actions=("config:PutEvaluations",))
    group = f"/aws/lambda/{function.split(':')[-1]}"
    sandbox.client("logs", REGION).create_log_group(logGroupName=group)
    assert invoke(sandbox, function)["Payload"] == "ok"
    assert log_messages(sandbox, group) == []


def test_a_service_needs_a_permission_with_its_account(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "def handler(event, context): return 'ok'")
    with pytest.raises(AwsError, match=r"lambda:InvokeFunction"):
        sandbox.functions.invoke(
            function, {}, service_principal="config.amazonaws.com", source_account=ACCOUNT
        )
    permit_config(sandbox, function)
    assert not sandbox.functions.allows(function, "config.amazonaws.com", "999999999999", None)
    run = sandbox.functions.invoke(
        function, {}, service_principal="config.amazonaws.com", source_account=ACCOUNT
    )
    assert json.loads(run.payload) == "ok"


def test_other_runtimes_are_refused_by_name(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "", Runtime="nodejs22.x")
    with pytest.raises(ClientError, match=r"nodejs22\.x"):
        invoke(sandbox, function)


def test_a_role_that_lambda_may_not_assume_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        make_function(sandbox, "", Role=make_role(sandbox, "ec2", []))


def test_an_unknown_function_is_not_found(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        invoke(sandbox, "nothing")


def test_an_event_invocation_returns_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    function = make_function(
        sandbox,
        "import pathlib\ndef handler(event, context):\n    pathlib.Path(event['path']).write_text('ran')",
    )
    answer = invoke(sandbox, function, {"path": str(tmp_path / "proof")}, InvocationType="Event")
    assert answer["Payload"] is None
    sandbox.settle()
    assert (tmp_path / "proof").read_text() == "ran"


def test_logging_and_dead_letter_settings_are_read_back(sandbox: Sandbox) -> None:
    logging_config = {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"
    function = make_function(sandbox, "", LoggingConfig=logging_config, DeadLetterConfig={"TargetArn": queue})
    client = sandbox.client("lambda", REGION)
    group = f"/aws/lambda/{function.split(':')[-1]}"
    for known in (
        client.get_function(FunctionName=function)["Configuration"],
        client.get_function_configuration(FunctionName=function),
    ):
        assert known["LoggingConfig"] == {**logging_config, "SystemLogLevel": "INFO", "LogGroup": group}
        assert known["DeadLetterConfig"] == {"TargetArn": queue}
        assert known["Handler"] == "module.handler"
