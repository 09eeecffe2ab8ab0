from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import REGION, make_function, make_recorder, permit_config, rule_of

# Fails until the time that its environment says.
FAILS = """
import os, json
def handler(event, context):
    print(json.dumps({"token": event["resultToken"], "request": context.aws_request_id}))
    if os.environ.get("FAILS", "yes") == "yes":
        raise ValueError("not yet")
"""


@pytest.fixture
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        make_recorder(sandbox)
        yield sandbox


def runs(sandbox: Sandbox, function_arn: str) -> list[dict[str, str]]:
    """Return what each run of the function was given, the oldest first."""
    logs = sandbox.client("logs", REGION)
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function_arn.split(':')[-1]}")["events"]
    lines = [json.loads(event["message"]) for event in events]
    return [line for line in lines if "token" in line]


def deploy(sandbox: Sandbox, **settings: int) -> str:
    """Deploy a rule whose function fails, let its first run pass, and return the function's ARN."""
    allowed = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    function = make_function(sandbox, FAILS, actions=allowed)
    permit_config(sandbox, function)
    if settings:
        client = sandbox.client("lambda", REGION)
        client.put_function_event_invoke_config(FunctionName=function, **settings)
    sandbox.client("config", REGION).put_config_rule(ConfigRule=rule_of(function))
    sandbox.settle()
    return function


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 3),
        ({"MaximumRetryAttempts": 1}, 2),
        ({"MaximumRetryAttempts": 0}, 1),
        ({"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 120}, 2),
    ],
)
def test_a_failed_run_is_repeated_with_the_same_event(
    sandbox: Sandbox, settings: dict[str, int], expected: int
) -> None:
    function = deploy(sandbox, **settings)
    assert len(runs(sandbox, function)) == 1
    sandbox.clock.move(timedelta(minutes=50))
    seen = runs(sandbox, function)
    assert len(seen) == expected
    assert all(run == seen[0] for run in seen)


def test_a_run_that_succeeds_is_not_repeated_and_its_rule_shows_it(sandbox: Sandbox) -> None:
    function = deploy(sandbox)
    sandbox.client("lambda", REGION).update_function_configuration(
        FunctionName=function, Environment={"Variables": {"FAILS": "no"}}
    )
    sandbox.clock.move(timedelta(minutes=50))
    assert len(runs(sandbox, function)) == 2
    [status] = sandbox.client("config", REGION).describe_config_rule_evaluation_status()[
        "ConfigRulesEvaluationStatus"
    ]
    assert status["LastSuccessfulInvocationTime"]


def test_a_deleted_function_is_not_run_again(sandbox: Sandbox) -> None:
    function = deploy(sandbox)
    sandbox.client("lambda", REGION).delete_function(FunctionName=function)
    sandbox.clock.move(timedelta(minutes=50))
    assert len(runs(sandbox, function)) == 1


def test_the_settings_are_put_updated_and_deleted(sandbox: Sandbox) -> None:
    client = sandbox.client("lambda", REGION)
    function = make_function(sandbox, "")

    def shown() -> dict[str, Any]:
        answer = client.get_function_event_invoke_config(FunctionName=function)
        return {name: answer[name] for name in answer if name.startswith("Maximum")}

    client.put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60
    )
    client.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=1)
    assert shown() == {"MaximumRetryAttempts": 1}
    client.update_function_event_invoke_config(FunctionName=function, MaximumEventAgeInSeconds=90)
    assert shown() == {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 90}
    client.delete_function_event_invoke_config(FunctionName=function)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        shown()
