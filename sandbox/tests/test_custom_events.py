from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.access import Credentials
from sandbox.account import Sandbox
from sandbox.tests.deployments import ACCOUNT, REGION, allow, make_role, session

BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
DOCUMENT = """
schemaVersion: "0.3"
parameters:
  Orders: {type: StringList}
mainSteps:
  - {name: wait, action: "aws:sleep", inputs: {Duration: PT0S}, isEnd: true}
"""
MAY_PUT = {**allow("events:PutEvents"), "Resource": BUS}


@pytest.fixture(scope="module", autouse=True)
def rule(sandbox: Sandbox) -> None:
    """Start a runbook with the list of orders that an event of the shop has."""
    events = sandbox.client("events", REGION)
    sandbox.client("ssm", REGION).create_document(
        Name="runbook", DocumentType="Automation", DocumentFormat="YAML", Content=DOCUMENT
    )
    target = {
        "Id": "runbook",
        "Arn": f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-definition/runbook:$DEFAULT",
        "RoleArn": make_role(sandbox, "events", [allow("ssm:StartAutomationExecution")]),
        "InputTransformer": {
            "InputPathsMap": {"orders": "$.detail.orders"},
            "InputTemplate": '{"Orders": <orders>}',
        },
    }
    events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(Rule="orders", Targets=[target])


@pytest.fixture(autouse=True)
def clean(sandbox: Sandbox) -> Iterator[None]:
    """Let each test begin without faults."""
    yield
    sandbox.events.is_lost = lambda _: False
    sandbox.custom_events.faults.clear()


def entry(*orders: str, **fields: Any) -> dict[str, Any]:
    return {"Source": "shop", "DetailType": "Orders", "Detail": json.dumps({"orders": orders}), **fields}


def put(sandbox: Sandbox, *entries: dict[str, Any], by: Credentials | None = None) -> dict[str, Any]:
    """Put events, with a role's rights or as the administrator, and wait until they are delivered."""
    client = sandbox.access.client("events", REGION, by) if by else sandbox.client("events", REGION)
    answer: dict[str, Any] = client.put_events(Entries=list(entries))
    sandbox.settle()
    return answer


def started(sandbox: Sandbox) -> list[list[str]]:
    """Return the lists of orders with which the runbook ran so far."""
    return [execution.parameters["Orders"] for execution in sandbox.automation.executions()]


def test_a_list_of_an_event_becomes_a_list_of_the_runbook(sandbox: Sandbox) -> None:
    orders = ["7", 'say "hi", {now}', "two\nlines", "back\\slash", "\u202eright to left"]
    assert put(sandbox, entry(*orders))["FailedEntryCount"] == 0
    assert started(sandbox)[-1] == orders
    assert sandbox.events.failed_deliveries == []


def test_more_than_a_parameter_holds_is_not_delivered(sandbox: Sandbox) -> None:
    before = started(sandbox)
    put(sandbox, entry(*map(str, range(51))))
    assert started(sandbox) == before
    assert "50" in sandbox.events.failed_deliveries.pop().error_message


def test_an_event_has_the_resources_that_it_was_given(sandbox: Sandbox) -> None:
    before = len(started(sandbox))
    sandbox.events.is_lost = lambda event: event["resources"] != ["arn:thing"]
    put(sandbox, entry("with", Resources=["arn:thing"], EventBusName=BUS), entry("without"))
    assert started(sandbox)[before:] == [["with"]]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Source": "aws.config"}, "NotAuthorizedForSourceException"),
        ({"Detail": "not JSON"}, "MalformedDetail"),
        ({"Detail": "[]"}, "MalformedDetail"),
        ({"DetailType": ""}, "InvalidArgument"),
    ],
)
def test_a_bad_entry_fails_alone(sandbox: Sandbox, fields: dict[str, Any], code: str) -> None:
    before = len(started(sandbox))
    answer = put(sandbox, entry("1"), entry("2", **fields), entry("3"))
    assert answer["FailedEntryCount"] == 1
    assert [result.get("ErrorCode") for result in answer["Entries"]] == [None, code, None]
    assert sorted(started(sandbox)[before:]) == [["1"], ["3"]]


def test_ten_entries_are_taken_and_eleven_refused(sandbox: Sandbox) -> None:
    other = entry(Source="other")
    assert len(put(sandbox, *[other] * 10)["Entries"]) == 10
    with pytest.raises(ClientError, match="less than or equal to 10"):
        put(sandbox, *[other] * 11)


def test_all_entries_together_have_at_most_a_megabyte(sandbox: Sandbox) -> None:
    counted = len("other" + "Orders" + json.dumps({"orders": [""]}))
    fits = entry("x" * (512 * 1024 - counted), Source="other")
    assert put(sandbox, fits, fits)["FailedEntryCount"] == 0
    with pytest.raises(ClientError, match=r"ValidationException.*Total size of the entries"):
        put(sandbox, fits, {**fits, "Source": "other2"})


def test_an_event_can_be_lost_on_its_way(sandbox: Sandbox) -> None:
    before = started(sandbox)
    sandbox.events.is_lost = lambda event: bool(event["source"] == "shop")
    assert put(sandbox, entry("lost"))["Entries"][0]["EventId"]
    assert started(sandbox) == before


def test_entries_can_be_made_to_fail(sandbox: Sandbox) -> None:
    sandbox.custom_events.faults.extend(["ThrottlingException", None, "InternalFailure"])
    answers = [put(sandbox, entry("1"), entry("2")), put(sandbox, entry("1")), put(sandbox, entry("1"))]
    codes = [[result.get("ErrorCode") for result in answer["Entries"]] for answer in answers]
    assert codes == [["ThrottlingException", None], ["InternalFailure"], [None]]


def test_a_role_needs_the_permission_on_the_bus(sandbox: Sandbox) -> None:
    caller = session(sandbox, MAY_PUT)
    assert put(sandbox, entry("by a role"), by=caller)["FailedEntryCount"] == 0
    assert started(sandbox)[-1] == ["by a role"]
    other = session(sandbox, {**MAY_PUT, "Resource": f"{BUS}-other"})
    with pytest.raises(ClientError, match=rf"AccessDenied.*events:PutEvents on resource: {BUS}"):
        put(sandbox, entry(), by=other)


@pytest.mark.parametrize(
    ("key", "field", "value"), [("source", "Source", "shop"), ("detail-type", "DetailType", "Orders")]
)
def test_a_role_can_be_limited_by_source_and_detail_type(
    sandbox: Sandbox, key: str, field: str, value: str
) -> None:
    condition = {"StringEquals": {f"events:{key}": value}}
    caller = session(sandbox, {**MAY_PUT, "Condition": condition})
    assert put(sandbox, entry("limited"), by=caller)["FailedEntryCount"] == 0
    with pytest.raises(ClientError, match="AccessDenied"):
        put(sandbox, entry(), entry(**{field: "other"}), by=caller)
