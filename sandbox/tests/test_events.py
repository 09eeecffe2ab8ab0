from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.gateway import AwsError, Call
from sandbox.tests.deployments import (
    ACCOUNT,
    REGION,
    allow,
    make_queue,
    make_role,
    receive,
    remove_rules,
)

RULE_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/orders"


@pytest.fixture(autouse=True)
def clean(sandbox: Sandbox) -> Iterator[None]:
    """Take away what a test made in EventBridge."""
    yield
    sandbox.settle()
    remove_rules(sandbox)
    sandbox.events.failed_deliveries.clear()


@pytest.fixture
def executions(sandbox: Sandbox) -> list[Call]:
    """Answer `StartAutomationExecution` here and note its calls: the engine has its own tests."""
    calls: list[Call] = []

    def start(call: Call) -> dict[str, Any]:
        calls.append(call)
        return {"AutomationExecutionId": "0" * 36}

    sandbox.gateway.operations["ssm", "StartAutomationExecution"] = start
    return calls


def put_rule(sandbox: Sandbox, *targets: dict[str, Any], **rule: Any) -> None:
    events = sandbox.client("events", REGION)
    events.put_rule(**{"Name": "orders", "EventPattern": json.dumps({"source": ["shop"]}), **rule})
    numbered = [{"Id": str(number), **target} for number, target in enumerate(targets)]
    assert events.put_targets(Rule="orders", Targets=numbered)["FailedEntryCount"] == 0


def put_event(sandbox: Sandbox, **entry: Any) -> dict[str, Any]:
    given = {"Source": "shop", "DetailType": "Order", "Detail": json.dumps({"id": "7"}), **entry}
    answer: dict[str, Any] = sandbox.client("events", REGION).put_events(Entries=[given])
    sandbox.settle()
    return answer


def automation(sandbox: Sandbox, **settings: Any) -> dict[str, Any]:
    """Return a target that starts a runbook with a role of its own, limited to the rule."""
    trust = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnEquals": {"aws:SourceArn": RULE_ARN}}
    actions = allow("ssm:StartAutomationExecution", "iam:PassRole")
    return {
        "Arn": f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-definition/runbook:$DEFAULT",
        "RoleArn": make_role(sandbox, "events", [actions], trust),
        "InputTransformer": {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '{"Order": [<id>]}'},
        **settings,
    }


def test_an_event_reaches_the_targets_of_the_rules_that_match(
    sandbox: Sandbox, executions: list[Call]
) -> None:
    put_rule(sandbox, automation(sandbox), automation(sandbox))
    assert put_event(sandbox)["Entries"][0]["EventId"]
    put_event(sandbox, Source="other")
    assert [call.params["Parameters"] for call in executions] == [{"Order": ["7"]}] * 2


def test_a_disabled_rule_delivers_nothing(sandbox: Sandbox, executions: list[Call]) -> None:
    put_rule(sandbox, automation(sandbox), State="DISABLED")
    put_event(sandbox)
    assert executions == []


def test_an_event_has_its_envelope(sandbox: Sandbox, executions: list[Call]) -> None:
    paths = {
        name: f"$.{name}"
        for name in ("account", "region", "source", "detail-type", "resources", "id", "time")
    }
    template = json.dumps({name: [f"<{name}>"] for name in paths})
    put_rule(
        sandbox, automation(sandbox, InputTransformer={"InputPathsMap": paths, "InputTemplate": template})
    )
    answer = put_event(sandbox)
    [call] = executions
    assert call.params["Parameters"].pop("time")[0].endswith("Z")
    assert call.params["Parameters"] == {
        "account": [ACCOUNT],
        "region": [REGION],
        "source": ["shop"],
        "detail-type": ["Order"],
        "resources": ["[]"],
        "id": [answer["Entries"][0]["EventId"]],
    }


def test_an_automation_starts_with_the_targets_role_and_the_transformed_input(
    sandbox: Sandbox, executions: list[Call]
) -> None:
    target = automation(sandbox)
    put_rule(sandbox, target)
    put_event(sandbox)
    [call] = executions
    assert call.params == {
        "DocumentName": "runbook",
        "DocumentVersion": "$DEFAULT",
        "Parameters": {"Order": ["7"]},
    }
    assert sandbox.events.failed_deliveries == []


@pytest.mark.parametrize(
    ("change", "error_code"),
    [
        ({"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "FAILED_TO_ASSUME_ROLE"),
        (
            {"InputTransformer": {"InputPathsMap": {"x": "$.x"}, "InputTemplate": '{"A": <x>}'}},
            "INVALID_JSON",
        ),
        ({"InputTransformer": {"InputTemplate": '{"A": "text"}'}}, "INVALID_PARAMETER"),
        ({"InputTransformer": {"InputTemplate": '{"A": [3]}'}}, "INVALID_PARAMETER"),
    ],
)
def test_what_can_never_be_delivered_goes_to_the_dead_letter_queue(
    sandbox: Sandbox, executions: list[Call], change: dict[str, Any], error_code: str
) -> None:
    url, dead_letters = make_queue(sandbox, "dead")
    target = automation(sandbox, DeadLetterConfig={"Arn": dead_letters}, **change)
    put_rule(sandbox, target)
    put_event(sandbox)
    assert executions == []
    [message] = receive(sandbox, url)
    assert json.loads(message["Body"])["detail"] == {"id": "7"}
    attributes = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {"RULE_ARN": RULE_ARN, "TARGET_ARN": target["Arn"], "ERROR_CODE": error_code}
    [failure] = sandbox.events.failed_deliveries
    assert (failure.error_code, failure.dead_letter_queue) == (error_code, dead_letters)


def test_a_role_without_permission_goes_to_the_dead_letter_queue(
    sandbox: Sandbox, executions: list[Call]
) -> None:
    url, dead_letters = make_queue(sandbox, "dead")
    role = make_role(sandbox, "events", [allow("ssm:GetDocument")])
    put_rule(sandbox, automation(sandbox, RoleArn=role, DeadLetterConfig={"Arn": dead_letters}))
    put_event(sandbox)
    assert executions == []
    [message] = receive(sandbox, url)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert "ssm:StartAutomationExecution" in message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]


def test_a_dead_letter_queue_must_let_eventbridge_send(sandbox: Sandbox) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:SourceArn": f"{RULE_ARN}-other"}},
    }
    url, dead_letters = make_queue(sandbox, "dead", statement)
    role = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    put_rule(sandbox, automation(sandbox, RoleArn=role, DeadLetterConfig={"Arn": dead_letters}))
    put_event(sandbox)
    assert receive(sandbox, url) == []
    [failure] = sandbox.events.failed_deliveries
    assert failure.dead_letter_queue is None
    assert "sqs:SendMessage" in failure.error_message


def test_throttling_is_retried_as_often_as_the_policy_says(sandbox: Sandbox) -> None:
    tries = 0

    def refuse(_: Call) -> dict[str, Any]:
        nonlocal tries
        tries += 1
        raise AwsError("ThrottlingException", "Rate exceeded")

    sandbox.gateway.operations["ssm", "StartAutomationExecution"] = refuse
    url, dead_letters = make_queue(sandbox, "dead")
    policy = {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600}
    put_rule(sandbox, automation(sandbox, RetryPolicy=policy, DeadLetterConfig={"Arn": dead_letters}))
    put_event(sandbox)
    assert tries == 1
    sandbox.clock.move(timedelta(minutes=8))
    assert tries == 4
    [message] = receive(sandbox, url)
    attributes = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "THROTTLING"
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


def test_a_targets_settings_are_read_back(sandbox: Sandbox) -> None:
    target = automation(
        sandbox,
        RetryPolicy={"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600},
        DeadLetterConfig={"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"},
    )
    put_rule(sandbox, target)
    assert sandbox.client("events", REGION).list_targets_by_rule(Rule="orders")["Targets"] == [
        {"Id": "0", **target}
    ]
