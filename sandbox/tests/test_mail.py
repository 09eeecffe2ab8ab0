from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import REGION, publish, subscribe

ADDRESS = "on-call@example.com"


def attributes(sandbox: Sandbox, subscription: str) -> dict[str, str]:
    return dict(
        sandbox.client("sns", REGION).get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    )


def subjects(sandbox: Sandbox) -> list[str]:
    return [email.subject for email in sandbox.inbox.messages]


CONFIRMATION = "AWS Notification - Subscription Confirmation"


def test_a_subscription_by_email_waits_for_its_confirmation(sandbox: Sandbox, topic: str) -> None:
    sns = sandbox.client("sns", REGION)
    arn = subscribe(sandbox, topic)
    assert attributes(sandbox, arn)["PendingConfirmation"] == "true"
    assert sandbox.inbox.pending() == [ADDRESS]
    for listed in (sns.list_subscriptions(), sns.list_subscriptions_by_topic(TopicArn=topic)):
        assert [each["SubscriptionArn"] for each in listed["Subscriptions"]] == ["PendingConfirmation"]
    publish(sandbox, topic)
    assert subjects(sandbox) == [CONFIRMATION]


def test_without_asking_for_it_the_arn_of_a_pending_subscription_is_not_told(
    sandbox: Sandbox, topic: str
) -> None:
    assert subscribe(sandbox, topic, ReturnSubscriptionArn=False) == "pending confirmation"


def test_a_confirmed_subscription_gets_emails(sandbox: Sandbox, topic: str) -> None:
    arn = subscribe(sandbox, topic)
    sandbox.inbox.confirm(ADDRESS)
    assert attributes(sandbox, arn)["PendingConfirmation"] == "false"
    listed = sandbox.client("sns", REGION).list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [each["SubscriptionArn"] for each in listed] == [arn]
    publish(sandbox, topic, Subject="Lost")
    publish(sandbox, topic)
    assert subjects(sandbox) == [CONFIRMATION, "Lost", "AWS Notification Message"]


def test_nothing_to_confirm_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(LookupError, match=r"nobody@example\.com"):
        sandbox.inbox.confirm("nobody@example.com")


def test_a_pending_subscription_cannot_be_removed_a_confirmed_one_can(sandbox: Sandbox, topic: str) -> None:
    sns = sandbox.client("sns", REGION)
    arn = subscribe(sandbox, topic)
    with pytest.raises(ClientError, match="Cannot unsubscribe a subscription that is pending confirmation"):
        sns.unsubscribe(SubscriptionArn=arn)
    sandbox.inbox.confirm(ADDRESS)
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_a_deleted_topic_takes_its_pending_subscriptions_along(sandbox: Sandbox, topic: str) -> None:
    subscribe(sandbox, topic)
    sandbox.client("sns", REGION).delete_topic(TopicArn=topic)
    assert sandbox.inbox.pending() == []


def test_an_email_is_written_as_a_person_gets_it(sandbox: Sandbox, topic: str) -> None:
    subscribe(sandbox, topic)
    sandbox.inbox.confirm(ADDRESS)
    publish(sandbox, topic, "Grüße\nzweite Zeile", Subject="Lost")
    email = sandbox.inbox.messages[-1]
    assert email.path.name == f"0002-{ADDRESS}.eml"
    read = message_from_bytes(email.path.read_bytes(), policy=policy.default)
    assert read["From"] == "AWS Notifications <no-reply@sns.amazonaws.com>"
    assert (read["To"], read["Subject"]) == (ADDRESS, "Lost")
    assert abs(read["Date"].datetime - sandbox.clock.now()) < timedelta(minutes=1)
    body = read.get_body()
    assert body is not None
    text = body.get_content()
    assert text.startswith("Grüße\nzweite Zeile\n\n--\n")
    assert "unsubscribe" in text
