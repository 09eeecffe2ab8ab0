from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import (
    ACCOUNT,
    REGION,
    allow,
    make_queue,
    publish,
    receive,
    remove_rules,
    subscribe,
)

ATTRIBUTES = {
    "status": {"DataType": "String", "StringValue": "lost"},
    "count": {"DataType": "Number", "StringValue": "3"},
    "teams": {"DataType": "String.Array", "StringValue": '["red"]'},
}
IN_JSON: dict[str, Any] = {"MessageStructure": "json"}


@pytest.fixture
def queue(sandbox: Sandbox, topic: str) -> Iterator[tuple[str, str]]:
    """Yield the URL and ARN of a queue into which the topic may put messages."""
    condition = {"ArnEquals": {"aws:SourceArn": topic}}
    principal = {"Service": "sns.amazonaws.com"}
    yield make_queue(
        sandbox, "queue", {**allow("sqs:SendMessage"), "Principal": principal, "Condition": condition}
    )
    remove_rules(sandbox)


def subscribe_queue(sandbox: Sandbox, topic: str, arn: str, **attributes: str) -> str:
    return subscribe(sandbox, topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)


def email(sandbox: Sandbox) -> str:
    """Return the text of the last e-mail, without what SNS adds."""
    return sandbox.inbox.messages[-1].body.partition("\n\n--\n")[0]


def test_a_queue_gets_the_message_in_an_envelope(
    sandbox: Sandbox, topic: str, queue: tuple[str, str]
) -> None:
    subscribe_queue(sandbox, topic, queue[1])
    publish(sandbox, topic, "Text", Subject="Lost", MessageAttributes=ATTRIBUTES)
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
        "MessageAttributes": {
            "status": {"Type": "String", "Value": "lost"},
            "count": {"Type": "Number", "Value": "3"},
            "teams": {"Type": "String.Array", "Value": '["red"]'},
        },
    }
    assert "MessageAttributes" not in message


def test_a_raw_delivery_is_the_message_with_its_attributes(
    sandbox: Sandbox, topic: str, queue: tuple[str, str]
) -> None:
    subscribe_queue(sandbox, topic, queue[1], RawMessageDelivery="true")
    publish(sandbox, topic, "Text", Subject="Lost", MessageAttributes=ATTRIBUTES)
    [message] = receive(sandbox, queue[0])
    assert (message["Body"], message["MessageAttributes"]) == ("Text", ATTRIBUTES)


def test_more_than_ten_attributes_are_delivered_but_raw(
    sandbox: Sandbox, topic: str, queue: tuple[str, str]
) -> None:
    arn = subscribe_queue(sandbox, topic, queue[1])
    eleven = {f"name{number}": ATTRIBUTES["status"] for number in range(11)}
    publish(sandbox, topic, MessageAttributes=eleven)
    [message] = receive(sandbox, queue[0])
    assert json.loads(message["Body"])["MessageAttributes"].keys() == eleven.keys()
    sandbox.client("sns", REGION).set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="true"
    )
    publish(sandbox, topic, MessageAttributes=eleven)
    assert receive(sandbox, queue[0]) == []
    [undelivered] = sandbox.publications.undelivered
    assert (undelivered.subscription_arn, "11 message attributes" in undelivered.reason) == (arn, True)


def test_a_queue_must_let_the_topic_send(sandbox: Sandbox, queue: tuple[str, str]) -> None:
    other = sandbox.client("sns", REGION).create_topic(Name="other")["TopicArn"]
    subscribe_queue(sandbox, other, queue[1])
    subscribe_queue(sandbox, other, f"{queue[1]}-that-is-not-there")
    publish(sandbox, other)
    assert receive(sandbox, queue[0]) == []
    reasons = [undelivered.reason for undelivered in sandbox.publications.undelivered]
    assert "sns.amazonaws.com is not authorized to perform: sqs:SendMessage" in reasons[0]
    assert "does not exist" in reasons[1]
    sandbox.client("sns", REGION).delete_topic(TopicArn=other)


def test_each_protocol_gets_its_own_body(sandbox: Sandbox, topic: str, queue: tuple[str, str]) -> None:
    subscribe(sandbox, topic)
    sandbox.inbox.confirm("on-call@example.com")
    subscribe_queue(sandbox, topic, queue[1])
    publish(sandbox, topic, json.dumps({"default": "d", "email": "line\nline", "sqs": '{"a": 1}'}), **IN_JSON)
    assert email(sandbox) == "line\nline"
    assert json.loads(receive(sandbox, queue[0])[0]["Body"])["Message"] == '{"a": 1}'
    publish(sandbox, topic, json.dumps({"default": "d", "sqs": {"a": 1}}), **IN_JSON)
    assert email(sandbox) == "d"
    assert json.loads(receive(sandbox, queue[0])[0]["Body"])["Message"] == "d"


def test_with_a_body_for_each_protocol_attributes_filter_but_are_not_sent(
    sandbox: Sandbox, topic: str, queue: tuple[str, str]
) -> None:
    policy = json.dumps({"status": ["lost"]})
    subscribe_queue(sandbox, topic, queue[1], RawMessageDelivery="true", FilterPolicy=policy)
    publish(sandbox, topic, '{"default": "d"}', **IN_JSON)
    publish(sandbox, topic, '{"default": "fits"}', **IN_JSON, MessageAttributes=ATTRIBUTES)
    [message] = receive(sandbox, queue[0])
    assert (message["Body"], "MessageAttributes" in message) == ("fits", False)


def test_an_email_subscription_gets_what_fits_its_filter(sandbox: Sandbox, topic: str) -> None:
    subscribe(sandbox, topic, Attributes={"FilterPolicy": json.dumps({"status": ["lost"]})})
    sandbox.inbox.confirm("on-call@example.com")
    publish(sandbox, topic, "fits", MessageAttributes=ATTRIBUTES)
    publish(sandbox, topic, "does not")
    assert email(sandbox) == "fits"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Text", "JSON message body failed to parse"),
        ('["default"]', "JSON message body failed to parse"),
        ('{"default": "a", "default": "b"}', "JSON message body failed to parse"),
        ("{}", "No default entry in JSON message body"),
        ('{"email": "a"}', "No default entry in JSON message body"),
        ('{"default": {"a": 1}}', "No default entry in JSON message body"),
    ],
)
def test_a_message_in_json_needs_a_default_text(
    sandbox: Sandbox, topic: str, message: str, reason: str
) -> None:
    with pytest.raises(ClientError, match=rf"InvalidParameter.*Message Structure - {reason}"):
        publish(sandbox, topic, message, **IN_JSON)


@pytest.mark.parametrize(
    ("name", "attribute", "reason"),
    [
        ("name with spaces", ATTRIBUTES["status"], "name with spaces"),
        ("tag:team", ATTRIBUTES["status"], "tag:team"),
        (".name", ATTRIBUTES["status"], r"\.name"),
        ("a..b", ATTRIBUTES["status"], r"a\.\.b"),
        ("Amazon.name", ATTRIBUTES["status"], "Amazon"),
        ("x" * 257, ATTRIBUTES["status"], "xxx"),
        ("empty", {"DataType": "String", "StringValue": ""}, "non-empty"),
        ("number", {"DataType": "Number", "StringValue": "three"}, "number"),
    ],
)
def test_bad_attributes_are_refused(
    sandbox: Sandbox, topic: str, name: str, attribute: dict[str, str], reason: str
) -> None:
    with pytest.raises(ClientError, match=rf"ParameterValueInvalid.*{reason}"):
        publish(sandbox, topic, MessageAttributes={name: attribute})


def test_names_of_attributes_have_letters_digits_and_some_signs(sandbox: Sandbox, topic: str) -> None:
    publish(sandbox, topic, MessageAttributes={"aZ_0-9.x": ATTRIBUTES["status"]})


@pytest.mark.parametrize(
    "subject", ["two\nlines", "bell\x07", "x" * 101, "Ünïcode", " begins with a space", ""]
)
def test_bad_subjects_are_refused(sandbox: Sandbox, topic: str, subject: str) -> None:
    with pytest.raises(ClientError, match=r"InvalidParameter.*Subject"):
        publish(sandbox, topic, Subject=subject)


def test_a_subject_of_a_hundred_characters_is_taken(sandbox: Sandbox, topic: str) -> None:
    publish(sandbox, topic, Subject="x" * 100)


def test_an_unknown_topic_is_not_found(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="NotFound"):
        publish(sandbox, f"arn:aws:sns:{REGION}:{ACCOUNT}:nothing")


def test_a_topic_is_published_to_in_its_own_region(sandbox: Sandbox, topic: str) -> None:
    with pytest.raises(ClientError, match=r"InvalidParameter.*TopicArn"):
        sandbox.client("sns", "us-east-1").publish(TopicArn=topic, Message="Something happened.")


def test_a_message_has_at_most_256_kib_with_its_attributes(sandbox: Sandbox, topic: str) -> None:
    publish(sandbox, topic, "x" * 256 * 1024)
    with pytest.raises(ClientError, match="too long"):
        publish(sandbox, topic, "ü" * (128 * 1024 + 1))
    with pytest.raises(ClientError, match="too long"):
        publish(sandbox, topic, "x" * 256 * 1024, MessageAttributes=ATTRIBUTES)


def test_other_structures_are_refused(sandbox: Sandbox, topic: str) -> None:
    with pytest.raises(ClientError, match=r"InvalidParameter.*MessageStructure"):
        publish(sandbox, topic, MessageStructure="xml")
