from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.tests.deployments import (
    ACCOUNT,
    REGION,
    allow,
    make_queue,
    receive,
    refused,
    remove_rules,
    subscribe,
)

STATUS = {"DataType": "String", "StringValue": "lost"}
IN_JSON: dict[str, Any] = {"MessageStructure": "json"}
POLICY = json.dumps({"status": ["lost"]})


@pytest.fixture
def queue(sandbox: Sandbox, topic: str) -> Iterator[tuple[str, str]]:
    """Yield the URL and ARN of a queue into which the topic may put messages."""
    condition = {"ArnEquals": {"aws:SourceArn": topic}}
    principal = {"Service": "sns.amazonaws.com"}
    yield make_queue(
        sandbox, "queue", {**allow("sqs:SendMessage"), "Principal": principal, "Condition": condition}
    )
    remove_rules(sandbox)


def publish(sandbox: Sandbox, topic: str, message: str = "Text", **settings: Any) -> None:
    sandbox.client("sns", REGION).publish(TopicArn=topic, Message=message, **settings)


def subscribe_queue(sandbox: Sandbox, topic: str, arn: str, **attributes: str) -> str:
    return subscribe(sandbox, topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)


def email(sandbox: Sandbox) -> str:
    """Return the text of the last e-mail, without what SNS adds."""
    return sandbox.inbox.messages[-1].body.partition("\n\n--\n")[0]


def test_a_queue_gets_the_message_in_an_envelope(
    sandbox: Sandbox, topic: str, queue: tuple[str, str]
) -> None:
    subscribe_queue(sandbox, topic, queue[1])
    publish(sandbox, topic, Subject="Lost", MessageAttributes={"status": STATUS})
    [message] = receive(sandbox, queue[0])
    envelope = json.loads(message["Body"])
    assert envelope.pop("Timestamp").endswith("Z")
    assert envelope.pop("UnsubscribeURL").startswith(f"https://sns.{REGION}.amazonaws.com/unsubscribe.html?")
    for name in ("MessageId", "SignatureVersion", "Signature", "SigningCertURL"):
        assert envelope.pop(name)
    assert envelope == {
        "Type": "Notification",
        "TopicArn": topic,
        "Subject": "Lost",
        "Message": "Text",
        "MessageAttributes": {"status": {"Type": "String", "Value": "lost"}},
    }
    assert "MessageAttributes" not in message


def test_a_raw_delivery_is_the_message_with_ten_attributes_at_most(
    sandbox: Sandbox, topic: str, queue: tuple[str, str]
) -> None:
    arn = subscribe_queue(sandbox, topic, queue[1])
    eleven = {f"name{number}": STATUS for number in range(11)}
    publish(sandbox, topic, MessageAttributes=eleven)
    [message] = receive(sandbox, queue[0])
    assert json.loads(message["Body"])["MessageAttributes"].keys() == eleven.keys()
    sandbox.client("sns", REGION).unsubscribe(SubscriptionArn=arn)
    arn = subscribe_queue(sandbox, topic, queue[1], RawMessageDelivery="true")
    publish(sandbox, topic, MessageAttributes=eleven)
    [undelivered] = sandbox.publications.undelivered
    assert (undelivered.subscription_arn, "11 message attributes" in undelivered.reason) == (arn, True)
    publish(sandbox, topic, Subject="Lost", MessageAttributes={"status": STATUS})
    [message] = receive(sandbox, queue[0])
    assert (message["Body"], message["MessageAttributes"]) == ("Text", {"status": STATUS})


def test_a_queue_must_let_the_topic_send(sandbox: Sandbox, topic: str) -> None:
    url, arn = make_queue(sandbox, "queue")
    subscribe_queue(sandbox, topic, arn)
    subscribe_queue(sandbox, topic, f"{arn}-that-is-not-there")
    publish(sandbox, topic)
    assert receive(sandbox, url) == []
    reasons = [undelivered.reason for undelivered in sandbox.publications.undelivered]
    assert "sns.amazonaws.com is not authorized to perform: sqs:SendMessage" in reasons[0]
    assert "does not exist" in reasons[1]
    remove_rules(sandbox)


def test_each_protocol_gets_its_own_body(sandbox: Sandbox, topic: str, queue: tuple[str, str]) -> None:
    subscribe(sandbox, topic)
    sandbox.inbox.confirm("on-call@example.com")
    subscribe_queue(sandbox, topic, queue[1])
    for bodies, for_email, for_sqs in (
        ({"default": "d", "email": "line\nline", "sqs": '{"a": 1}'}, "line\nline", '{"a": 1}'),
        ({"default": "d", "sqs": {"a": 1}}, "d", "d"),
    ):
        publish(sandbox, topic, json.dumps(bodies), **IN_JSON)
        assert email(sandbox) == for_email
        assert json.loads(receive(sandbox, queue[0])[0]["Body"])["Message"] == for_sqs


def test_attributes_filter_and_are_not_sent_with_a_body_for_each_protocol(
    sandbox: Sandbox, topic: str, queue: tuple[str, str]
) -> None:
    subscribe_queue(sandbox, topic, queue[1], RawMessageDelivery="true", FilterPolicy=POLICY)
    subscribe(sandbox, topic, Attributes={"FilterPolicy": POLICY})
    sandbox.inbox.confirm("on-call@example.com")
    publish(sandbox, topic, '{"default": "fits"}', **IN_JSON, MessageAttributes={"status": STATUS})
    publish(sandbox, topic, '{"default": "does not"}', **IN_JSON)
    [message] = receive(sandbox, queue[0])
    assert (message["Body"], "MessageAttributes" in message) == ("fits", False)
    assert email(sandbox) == "fits"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        *[
            ({"Message": message, **IN_JSON}, f"InvalidParameter.*Message Structure - {reason}")
            for reason, messages in {
                "JSON message body failed": ["Text", '["default"]', '{"default": "a", "default": "b"}'],
                "No default entry": ["{}", '{"email": "a"}', '{"default": {"a": 1}}'],
            }.items()
            for message in messages
        ],
        *[
            ({"MessageAttributes": {name: STATUS}}, "ParameterValueInvalid.*attribute name")
            for name in ("name with spaces", "tag:team", ".name", "a..b", "Amazon.name", "x" * 257)
        ],
        ({"MessageAttributes": {"a": STATUS | {"StringValue": ""}}}, "ParameterValueInvalid.*non-empty"),
        *[
            ({"Subject": subject}, "InvalidParameter.*Subject")
            for subject in ("two\nlines", "bell\x07", "x" * 101, "Ünïcode", " begins with a space", "")
        ],
        ({"MessageStructure": "xml"}, "InvalidParameter.*MessageStructure"),
        ({"Message": "ü" * (128 * 1024 + 1)}, "too long"),
        ({"Message": "x" * 256 * 1024, "MessageAttributes": {"status": STATUS}}, "too long"),
        ({"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:nothing"}, "NotFound"),
        ({"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"}, "InvalidParameter.*TopicArn"),
    ],
)
def test_what_is_wrong_is_refused(
    sandbox: Sandbox, topic: str, settings: dict[str, Any], reason: str
) -> None:
    with refused(reason):
        sandbox.client("sns", REGION).publish(**{"TopicArn": topic, "Message": "Text", **settings})


def test_what_is_within_the_limits_is_taken(sandbox: Sandbox, topic: str) -> None:
    publish(sandbox, topic, "x" * 256 * 1024)
    publish(sandbox, topic, Subject="x" * 100, MessageAttributes={"aZ_0-9.x": STATUS})
