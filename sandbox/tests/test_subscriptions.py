from __future__ import annotations

import json
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.tests.deployments import ACCOUNT, REGION, refused, subscribe

ADDRESS = "on-call@example.com"
CONFIRMATION = "AWS Notification - Subscription Confirmation"
QUEUE = {"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"}
POLICY = json.dumps({"status": ["lost"]})


@pytest.fixture
def sns(sandbox: Sandbox) -> Any:
    return sandbox.client("sns", REGION)


def attributes(sns: Any, arn: str) -> dict[str, str]:
    """Return what tells how a subscription is set."""
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    names = ("RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "PendingConfirmation")
    return {name: shown[name] for name in names if name in shown}


def listed(sns: Any, topic: str) -> list[str]:
    found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert found == sns.list_subscriptions()["Subscriptions"]
    return [each["SubscriptionArn"] for each in found]


def test_a_subscription_by_email_waits_for_its_confirmation(sandbox: Sandbox, sns: Any, topic: str) -> None:
    arn = subscribe(sandbox, topic)
    assert subscribe(sandbox, topic, ReturnSubscriptionArn=False) == "pending confirmation"
    assert attributes(sns, arn)["PendingConfirmation"] == "true"
    assert (sandbox.inbox.pending(), listed(sns, topic)) == ([ADDRESS], ["PendingConfirmation"])
    sns.publish(TopicArn=topic, Message="Text")
    with refused("Cannot unsubscribe a subscription that is pending confirmation"):
        sns.unsubscribe(SubscriptionArn=arn)
    sandbox.inbox.confirm(ADDRESS)
    assert attributes(sns, arn)["PendingConfirmation"] == "false"
    assert (sandbox.inbox.pending(), listed(sns, topic)) == ([], [arn])
    sns.publish(TopicArn=topic, Message="Text", Subject="Lost")
    sns.publish(TopicArn=topic, Message="Text")
    subjects = [email.subject for email in sandbox.inbox.messages]
    assert subjects == [CONFIRMATION, CONFIRMATION, "Lost", "AWS Notification Message"]
    sns.unsubscribe(SubscriptionArn=arn)
    assert listed(sns, topic) == []
    with pytest.raises(LookupError, match=r"on-call@example\.com"):
        sandbox.inbox.confirm(ADDRESS)


def test_a_deleted_topic_takes_its_pending_subscriptions_along(
    sandbox: Sandbox, sns: Any, topic: str
) -> None:
    subscribe(sandbox, topic)
    sns.delete_topic(TopicArn=topic)
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


def test_a_queue_needs_no_confirmation_and_its_settings_are_read_back(
    sandbox: Sandbox, sns: Any, topic: str
) -> None:
    settings = {"RawMessageDelivery": "true", "FilterPolicy": POLICY}
    arn = subscribe(sandbox, topic, **QUEUE, Attributes=settings, ReturnSubscriptionArn=False)
    expected = {**settings, "FilterPolicyScope": "MessageAttributes", "PendingConfirmation": "false"}
    assert (attributes(sns, arn), listed(sns, topic)) == (expected, [arn])
    assert subscribe(sandbox, topic, **QUEUE) == arn
    with refused("InvalidParameter.*already exists with different attributes"):
        subscribe(sandbox, topic, **QUEUE, Attributes={"FilterPolicy": "{}"})


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"Endpoint": "nobody"}, "Email address"),
        ({**QUEUE, "Endpoint": "queue"}, "SQS endpoint ARN"),
        ({"Attributes": {"RawMessageDelivery": "true"}}, r"\[email\] does not support raw"),
        ({**QUEUE, "Attributes": {"RawMessageDelivery": "yes"}}, r"Invalid value \[yes\]"),
        ({**QUEUE, "Attributes": {"FilterPolicy": "status"}}, "FilterPolicy: failed to parse JSON"),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(
    sandbox: Sandbox, sns: Any, topic: str, settings: dict[str, Any], named: str
) -> None:
    with refused(f"InvalidParameter.*{named}"):
        subscribe(sandbox, topic, **settings)
    assert listed(sns, topic) == []
