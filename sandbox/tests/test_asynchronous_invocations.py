from datetime import timedelta
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.asynchronous_invocations import AsynchronousInvocations
from sandbox.functions import Invocation
from sandbox.tests.deployments import REGION, make_function, refused

FAILURE = {"errorType": "ValueError", "errorMessage": "not yet"}


@pytest.mark.parametrize(
    ("settings", "change", "runs"),
    [
        ({}, "", 3),
        ({"MaximumRetryAttempts": 1}, "", 2),
        ({"MaximumRetryAttempts": 0}, "", 1),
        ({"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 120}, "", 2),
        ({}, "succeeds", 2),
        ({}, "is deleted", 1),
    ],
)
def test_a_failed_run_is_repeated_with_the_same_event(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, settings: dict[str, int], change: str, runs: int
) -> None:
    client, function = sandbox.client("lambda", REGION), make_function(sandbox, "")
    if settings:
        client.put_function_event_invoke_config(FunctionName=function, **settings)
    came: list[tuple[Any, str]] = []
    told: list[Any] = []

    def run(_arn: str, event: Any, request_id: str) -> Invocation:
        came.append((event, request_id))
        return Invocation(None, None if change == "succeeds" and len(came) > 1 else FAILURE)

    monkeypatch.setattr(sandbox.functions, "allows", lambda *_: change != "is deleted" or not came)
    monkeypatch.setattr(sandbox.functions, "_run", run)
    invocations = AsynchronousInvocations(sandbox.clock, sandbox.background, sandbox.functions)
    invocations.invoke(function, {"a": 1}, service_principal="config", conditions={}, report=told.append)
    assert len(came) == 1
    sandbox.clock.move(timedelta(minutes=50))
    assert came == [({"a": 1}, came[0][1])] * runs
    assert told == [FAILURE] * runs if change != "succeeds" else [FAILURE, None]


def test_the_settings_are_put_and_deleted(sandbox: Sandbox) -> None:
    client = sandbox.client("lambda", REGION)
    function = {"FunctionName": make_function(sandbox, "")}

    def shown() -> dict[str, Any]:
        answer = client.get_function_event_invoke_config(**function)
        return {name: answer[name] for name in answer if name.startswith("Maximum")}

    client.put_function_event_invoke_config(**function, MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60)
    client.put_function_event_invoke_config(**function, MaximumRetryAttempts=1)
    assert shown() == {"MaximumRetryAttempts": 1}
    client.delete_function_event_invoke_config(**function)
    with refused("ResourceNotFoundException"):
        shown()
