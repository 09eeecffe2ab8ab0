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
    refused,
    remove_rules,
    session,
)

RULE_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/orders"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
MAY_PUT = {**allow("events:PutEvents"), "Resource": BUS}
NOBODY = f"arn:aws:iam::{ACCOUNT}:role/nobody"


class Executions:
    """Answers `StartAutomationExecution` and keeps its calls: the engine has its own tests."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.error: AwsError | None = None

    def start(self, call: Call) -> dict[str, Any]:
        self.calls.append(call.params)
        if self.error:
            raise self.error
        return {"AutomationExecutionId": "0" * 36}

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return [call["Parameters"] for call in self.calls]


@pytest.fixture
def executions(sandbox: Sandbox) -> Iterator[Executions]:
    """Take away what a test made in EventBridge afterwards."""
    executions = Executions()
    sandbox.gateway.operations["ssm", "StartAutomationExecution"] = executions.start
    yield executions
    sandbox.settle()
    remove_rules(sandbox)
    sandbox.events.failed_deliveries.clear()


def automation(sandbox: Sandbox, **settings: Any) -> dict[str, Any]:
    """Return a target that starts a runbook with a role of its own, limited to the rule."""
    trust = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnEquals": {"aws:SourceArn": RULE_ARN}}
    return {
        "Arn": f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-definition/runbook:$DEFAULT",
        "RoleArn": make_role(sandbox, "events", [allow("ssm:StartAutomationExecution")], trust),
        "InputTransformer": {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '{"Order": [<id>]}'},
        **settings,
    }


def put_rule(sandbox: Sandbox, *targets: dict[str, Any], **rule: Any) -> None:
    events = sandbox.client("events", REGION)
    events.put_rule(**{"Name": "orders", "EventPattern": json.dumps({"source": ["shop"]}), **rule})
    numbered = [{"Id": str(number), **target} for number, target in enumerate(targets)]
    assert events.put_targets(Rule="orders", Targets=numbered)["FailedEntryCount"] == 0


def entry(order: str = "7", **fields: Any) -> dict[str, Any]:
    return {"Source": "shop", "DetailType": "Order", "Detail": json.dumps({"id": order}), **fields}


def put(sandbox: Sandbox, *entries: dict[str, Any], by: Any = None) -> dict[str, Any]:
    """Put events, with a role's rights or as the administrator, and wait until they are delivered."""
    client = sandbox.access.client("events", REGION, by) if by else sandbox.client("events", REGION)
    answer: dict[str, Any] = client.put_events(Entries=list(entries or [entry()]))
    sandbox.settle()
    return answer


def test_an_event_starts_the_targets_of_enabled_rules_that_match(
    sandbox: Sandbox, executions: Executions
) -> None:
    targets = [automation(sandbox), automation(sandbox)]
    put_rule(sandbox, *targets)
    listed = sandbox.client("events", REGION).list_targets_by_rule(Rule="orders")["Targets"]
    assert listed == [{"Id": str(number), **target} for number, target in enumerate(targets)]
    order = 'say "hi", {now}\nback\\slash \u202eright to left'
    assert put(sandbox, entry(order), entry(Source="other"))["FailedEntryCount"] == 0
    call = {"DocumentName": "runbook", "DocumentVersion": "$DEFAULT", "Parameters": {"Order": [order]}}
    assert executions.calls == [call, call]
    assert sandbox.events.failed_deliveries == []
    sandbox.client("events", REGION).disable_rule(Name="orders")
    put(sandbox)
    assert len(executions.calls) == 2


def test_an_event_has_its_envelope(sandbox: Sandbox, executions: Executions) -> None:
    names = ("account", "region", "source", "detail-type", "resources", "id", "time")
    paths = {name: f"$.{name}" for name in names}
    template = json.dumps({name: [f"<{name}>"] for name in paths})
    transformer = {"InputPathsMap": paths, "InputTemplate": template}
    put_rule(sandbox, automation(sandbox, InputTransformer=transformer))
    answer = put(sandbox)
    [parameters] = executions.parameters
    assert parameters.pop("time")[0].endswith("Z")
    assert parameters == {
        "account": [ACCOUNT],
        "region": [REGION],
        "source": ["shop"],
        "detail-type": ["Order"],
        "resources": ["[]"],
        "id": [answer["Entries"][0]["EventId"]],
    }


def transformed(template: str, **paths: str) -> dict[str, Any]:
    return {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}


@pytest.mark.parametrize(
    ("change", "error", "code", "message"),
    [
        ({"RoleArn": NOBODY}, None, "FAILED_TO_ASSUME_ROLE", "sts:AssumeRole"),
        ({"actions": "ssm:GetDocument"}, None, "NO_PERMISSIONS", "ssm:StartAutomationExecution"),
        (transformed('{"A": <x>}', x="$.x"), None, "INVALID_JSON", "not valid JSON"),
        (transformed('{"A": "text"}'), None, "INVALID_PARAMETER", "arrays of strings"),
        (transformed('{"A": [3]}'), None, "INVALID_PARAMETER", "arrays of strings"),
        ({}, AwsError("AutomationDefinitionNotFoundException", "gone"), "NO_RESOURCE", "gone"),
        ({}, AwsError("ThrottlingException", "slow down"), "THROTTLING", "slow down"),
    ],
)
def test_what_is_not_delivered_goes_to_the_dead_letter_queue(
    sandbox: Sandbox,
    executions: Executions,
    change: dict[str, Any],
    error: AwsError | None,
    code: str,
    message: str,
) -> None:
    executions.error = error
    url, dead_letters = make_queue(sandbox, "dead")
    retries = {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600}
    if "actions" in change:
        change = {"RoleArn": make_role(sandbox, "events", [allow(change["actions"])])}
    target = automation(sandbox, RetryPolicy=retries, DeadLetterConfig={"Arn": dead_letters}, **change)
    put_rule(sandbox, target)
    put(sandbox)
    is_retried = code == "THROTTLING"
    if is_retried:
        assert (len(executions.calls), receive(sandbox, url)) == (1, [])
        sandbox.clock.move(timedelta(minutes=8))
        assert len(executions.calls) == 4
    [letter] = receive(sandbox, url)
    assert json.loads(letter["Body"])["detail"] == {"id": "7"}
    attributes = {name: each["StringValue"] for name, each in letter["MessageAttributes"].items()}
    assert message in attributes.pop("ERROR_MESSAGE")
    expected = {"RULE_ARN": RULE_ARN, "TARGET_ARN": target["Arn"], "ERROR_CODE": code}
    expected |= {"EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts"} if is_retried else {}
    assert attributes == expected
    [failure] = sandbox.events.failed_deliveries
    assert (failure.error_code, failure.dead_letter_queue) == (code, dead_letters)


@pytest.mark.usefixtures("executions")
def test_a_dead_letter_queue_must_let_eventbridge_send(sandbox: Sandbox) -> None:
    other = {"ArnEquals": {"aws:SourceArn": f"{RULE_ARN}-other"}}
    principal = {"Service": "events.amazonaws.com"}
    url, dead_letters = make_queue(
        sandbox, "dead", {**allow("sqs:SendMessage"), "Principal": principal, "Condition": other}
    )
    put_rule(sandbox, automation(sandbox, RoleArn=NOBODY, DeadLetterConfig={"Arn": dead_letters}))
    put(sandbox)
    assert receive(sandbox, url) == []
    [failure] = sandbox.events.failed_deliveries
    assert failure.dead_letter_queue is None
    assert "sqs:SendMessage" in failure.error_message


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Source": "aws.config"}, "NotAuthorizedForSourceException"),
        ({"Detail": "not JSON"}, "MalformedDetail"),
        ({"Detail": "[]"}, "MalformedDetail"),
        ({"DetailType": ""}, "InvalidArgument"),
    ],
)
def test_a_bad_entry_fails_alone(
    sandbox: Sandbox, executions: Executions, fields: dict[str, Any], code: str
) -> None:
    put_rule(sandbox, automation(sandbox))
    answer = put(sandbox, entry("1"), entry("2", **fields), entry("3"))
    assert answer["FailedEntryCount"] == 1
    assert [result.get("ErrorCode") for result in answer["Entries"]] == [None, code, None]
    assert sorted(each["Order"] for each in executions.parameters) == [["1"], ["3"]]


def test_ten_entries_are_taken_with_a_megabyte_together(sandbox: Sandbox) -> None:
    assert len(put(sandbox, *[entry()] * 10)["Entries"]) == 10
    with refused("less than or equal to 10"):
        put(sandbox, *[entry()] * 11)
    half = entry("x" * (512 * 1024 - len("shop" + "Order" + entry("")["Detail"])))
    assert put(sandbox, half, half)["FailedEntryCount"] == 0
    with refused("ValidationException.*Total size of the entries"):
        put(sandbox, half, {**half, "Source": "shop2"})


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        ({}, None),
        ({"StringEquals": {"events:source": "shop"}}, "Source"),
        ({"StringEquals": {"events:detail-type": "Order"}}, "DetailType"),
    ],
)
def test_a_role_needs_the_permission_for_all_entries(
    sandbox: Sandbox, condition: dict[str, Any], field: str | None
) -> None:
    caller = session(sandbox, {**MAY_PUT, "Condition": condition})
    assert put(sandbox, by=caller)["FailedEntryCount"] == 0
    if field is None:
        caller = session(sandbox, {**MAY_PUT, "Resource": f"{BUS}-other"})
    with refused(f"AccessDenied.*events:PutEvents on resource: {BUS}"):
        put(sandbox, entry(), entry(**({field: "other"} if field else {})), by=caller)
