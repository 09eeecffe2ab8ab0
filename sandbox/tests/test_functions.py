from __future__ import annotations

import contextlib
import json
import re
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.functions import Invocation
from sandbox.gateway import AwsError
from sandbox.tests.deployments import ACCOUNT, REGION, make_function, make_role, permit_config

THIS_ACCOUNT = {"aws:SourceAccount": ACCOUNT}


def invoke(sandbox: Sandbox, function_arn: str, event: Any = None) -> Invocation:
    """Run the function as Config does, which is permitted to."""
    with contextlib.suppress(sandbox.client("lambda", REGION).exceptions.ResourceConflictException):
        permit_config(sandbox, function_arn)
    return sandbox.functions.invoke(
        function_arn, event, service_principal="config.amazonaws.com", conditions=THIS_ACCOUNT
    )


def log_messages(sandbox: Sandbox, group: str) -> list[str]:
    logs = sandbox.client("logs", REGION)
    return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]


def test_runs_the_uploaded_code_and_returns_its_answer(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "def handler(event, context):\n    return {'doubled': event['n'] * 2}")
    answer = invoke(sandbox, function, {"n": 21})
    assert answer == Invocation({"doubled": 42}, None)


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
    environment = invoke(sandbox, function).payload
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
    assert invoke(sandbox, function).payload.endswith(f"/{name}")
    assert ":assumed-role/role-" in invoke(sandbox, function).payload


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
    *texts, remaining = invoke(sandbox, function).payload
    assert texts == [name, function, "128", "$LATEST", f"/aws/lambda/{name}", 36]
    assert 4000 < remaining <= 7000


def test_an_exception_is_answered_as_lambda_does(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "def handler(event, context):\n    raise KeyError('colour')")
    answer = invoke(sandbox, function)
    assert answer.payload is None
    error = answer.error or {}
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'colour'")
    [frame] = error["stackTrace"]
    assert "module.py" in frame
    sandbox.client("logs", REGION).create_log_group(logGroupName=f"/aws/lambda/{function.split(':')[-1]}")
    invoke(sandbox, function)
    [line] = log_messages(sandbox, f"/aws/lambda/{function.split(':')[-1]}")
    assert json.loads(line).items() >= {"level": "ERROR", "errorType": "KeyError"}.items()


@pytest.mark.parametrize(
    ("code", "error_type"),
    [
        ("import nowhere", "Runtime.ImportModuleError"),
        ("x = 1", "Runtime.HandlerNotFound"),
        ("import os\ndef handler(event, context): os._exit(3)", "Runtime.ExitError"),
    ],
)
def test_what_cannot_run_has_lambdas_error_type(sandbox: Sandbox, code: str, error_type: str) -> None:
    error = invoke(sandbox, make_function(sandbox, code)).error
    assert error is not None
    assert error["errorType"] == error_type


def test_a_function_is_killed_after_its_timeout(sandbox: Sandbox) -> None:
    code = "import time\ndef handler(event, context):\n    time.sleep(30)"
    function = make_function(sandbox, code, Timeout=1)
    start = time.monotonic()
    answer = invoke(sandbox, function)
    assert time.monotonic() - start < 10
    assert answer.error is not None
    assert answer.error["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in answer.error["errorMessage"]


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
    assert invoke(sandbox, function).payload == "ok"
    assert log_messages(sandbox, group) == []


def test_a_role_that_lambda_may_not_assume_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        make_function(sandbox, "", Role=make_role(sandbox, "ec2", []))


def test_a_service_needs_a_permission_with_its_account(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "def handler(event, context): return 'ok'")
    config = "config.amazonaws.com"
    with pytest.raises(AwsError, match=r"lambda:InvokeFunction"):
        sandbox.functions.invoke(function, {}, service_principal=config, conditions=THIS_ACCOUNT)
    permit_config(sandbox, function)
    assert not sandbox.functions.allows(function, config, {"aws:SourceAccount": "999999999999"})
    assert not sandbox.functions.allows(f"{function}-other", config, THIS_ACCOUNT)
    assert invoke(sandbox, function).payload == "ok"


def test_logging_settings_are_read_back(sandbox: Sandbox) -> None:
    logging_config = {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}
    function = make_function(sandbox, "", LoggingConfig=logging_config)
    client = sandbox.client("lambda", REGION)
    group = f"/aws/lambda/{function.split(':')[-1]}"
    for known in (
        client.get_function(FunctionName=function)["Configuration"],
        client.get_function_configuration(FunctionName=function),
    ):
        assert known["LoggingConfig"] == {**logging_config, "SystemLogLevel": "INFO", "LogGroup": group}
        assert known["Handler"] == "module.handler"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_function(FunctionName="nothing")


def test_changes_of_a_function_are_kept(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "", Architectures=["arm64"])
    client = sandbox.client("lambda", REGION)
    changes: dict[str, Any] = {
        "Runtime": "python3.12",
        "Timeout": 9,
        "MemorySize": 1024,
        "Handler": "module.other",
        "Description": "changed",
        "Environment": {"Variables": {"COLOUR": "red"}},
        "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "ERROR"},
        "Role": make_role(sandbox, "lambda", []),
    }
    client.update_function_configuration(FunctionName=function, **changes)
    client.update_function_code(FunctionName=function, ZipFile=b"none", Architectures=["x86_64"])
    client.update_function_code(FunctionName=function, ZipFile=b"other")
    known = client.get_function_configuration(FunctionName=function)
    assert known["Architectures"] == ["x86_64"]
    assert known.pop("LoggingConfig").items() >= changes.pop("LoggingConfig").items()
    assert {name: known[name] for name in changes} == changes


TALKS = """
import logging
def handler(event, context):
    print("printed")
    logging.getLogger("mine").info("unseen")
    logging.getLogger("mine").warning("counted %d", 3)
    raise KeyError("colour")
"""


def test_where_no_format_is_set_logs_are_text(sandbox: Sandbox) -> None:
    function = make_function(sandbox, TALKS, LoggingConfig={"LogFormat": "Text"})
    group = f"/aws/lambda/{function.split(':')[-1]}"
    sandbox.client("logs", REGION).create_log_group(logGroupName=group)
    assert (invoke(sandbox, function).error or {})["errorType"] == "KeyError"
    printed, counted, failed = log_messages(sandbox, group)
    assert printed == "printed"
    assert re.fullmatch(r"\[WARNING\]\t\S+Z\t[0-9a-f-]{36}\tcounted 3", counted)
    assert failed.startswith("[ERROR] KeyError: 'colour'\rTraceback (most recent call last):\r")


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_logging_settings_are_refused_outside_the_partition_aws(sandbox: Sandbox, region: str) -> None:
    client = sandbox.client("lambda", region)
    partition = "aws-us-gov" if "gov" in region else "aws-cn"
    role = make_role(sandbox, "lambda", [], region=region)
    assert role.startswith(f"arn:{partition}:")
    settings: dict[str, Any] = {
        "FunctionName": "function",
        "Runtime": "python3.13",
        "Handler": "module.handler",
        "Role": role,
        "Code": {"ZipFile": b"none"},
    }
    with pytest.raises(ClientError, match=f"LoggingConfig is not supported in {region}") as refused:
        client.create_function(**settings, LoggingConfig={"LogFormat": "JSON"})
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    client.create_function(**settings)
    assert "LoggingConfig" not in client.get_function_configuration(FunctionName="function")
