"""Topics: who is subscribed, and who gets what is published in which form."""

import json
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.tests.deployments import REGION, refused, subscribe

ADDRESS = "on-call@example.com"
CONFIRMATION = "AWS Notification - Subscription Confirmation"


@pytest.fixture
def sns(sandbox: Sandbox) -> Any:
    return sandbox.client("sns", REGION)


def is_pending(sns: Any, arn: str) -> bool:
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return bool(shown["PendingConfirmation"] == "true")


def listed(sns: Any, topic: str) -> list[str]:
    found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert found == sns.list_subscriptions()["Subscriptions"]
    return [each["SubscriptionArn"] for each in found]


def test_a_subscription_by_email_waits_for_its_confirmation(sandbox: Sandbox, sns: Any, topic: str) -> None:
    arn = subscribe(sandbox, topic)
    assert subscribe(sandbox, topic, ReturnSubscriptionArn=False) == "pending confirmation"
    assert is_pending(sns, arn)
    assert (sandbox.inbox.pending(), listed(sns, topic)) == ([ADDRESS], ["PendingConfirmation"])
    sns.publish(TopicArn=topic, Message="Text")
    with refused("Cannot unsubscribe a subscription that is pending confirmation"):
        sns.unsubscribe(SubscriptionArn=arn)
    sandbox.inbox.confirm(ADDRESS)
    assert not is_pending(sns, arn)
    assert (sandbox.inbox.pending(), listed(sns, topic)) == ([], [arn])
    sns.publish(TopicArn=topic, Message="Text", Subject="Lost")
    sns.publish(TopicArn=topic, Message="Text")
    subjects = [email.subject for email in sandbox.inbox.messages]
    assert subjects == [CONFIRMATION, CONFIRMATION, "Lost", "AWS Notification Message"]
    sns.unsubscribe(SubscriptionArn=arn)
    assert listed(sns, topic) == []
    with pytest.raises(LookupError, match=r"on-call@example\.com"):
        sandbox.inbox.confirm(ADDRESS)
    subscribe(sandbox, topic)
    sns.delete_topic(TopicArn=topic)  # takes its pending subscriptions along
    assert sandbox.inbox.pending() == []


def test_an_email_is_written_as_a_person_gets_it(sandbox: Sandbox, sns: Any, topic: str) -> None:
    subscribe(sandbox, topic)
    sandbox.inbox.confirm(ADDRESS)
    sns.publish(TopicArn=topic, Message="Grüße\nzweite Zeile", Subject="Lost")
    email = sandbox.inbox.messages[-1]
    assert email.path.name == f"0002-{ADDRESS}.eml"
    read = message_from_bytes(email.path.read_bytes(), policy=policy.default)
    assert read["From"] == "AWS Notifications <no-reply@sns.amazonaws.com>"
    assert (read["To"], read["Subject"]) == (ADDRESS, "Lost")
    assert abs(read["Date"].datetime - sandbox.clock.now()) < timedelta(minutes=1)
    body = read.get_body()
    assert body is not None
    assert body.get_content().startswith("Grüße\nzweite Zeile\n\n--\n")
    assert "unsubscribe" in body.get_content()


@pytest.mark.parametrize(
    ("bodies", "told"),
    [({"default": "d", "email": "a\nb", "sqs": {"a": 1}}, "a\nb"), ({"default": "d"}, "d")],
)
def test_people_get_the_body_for_emails(
    sandbox: Sandbox, sns: Any, topic: str, bodies: dict[str, Any], told: str
) -> None:
    subscribe(sandbox, topic)
    sandbox.inbox.confirm(ADDRESS)
    sns.publish(TopicArn=topic, Message=json.dumps(bodies), MessageStructure="json")
    assert sandbox.inbox.messages[-1].body.partition("\n\n--\n")[0] == told


def test_what_is_within_the_limits_is_taken(sns: Any, topic: str) -> None:
    status = {"DataType": "String", "StringValue": "lost"}
    sns.publish(TopicArn=topic, Message="x" * 256 * 1024)
    sns.publish(TopicArn=topic, Message="x", Subject="x" * 100, MessageAttributes={"aZ_0-9.x": status})
