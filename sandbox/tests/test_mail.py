from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import ACCOUNT, REGION

ADDRESS = "on-call@example.com"


@pytest.fixture
def topic(sandbox: Sandbox) -> Iterator[str]:
    arn = sandbox.client("sns", REGION).create_topic(Name="alerts")["TopicArn"]
    yield arn
    sandbox.client("sns", REGION).delete_topic(TopicArn=arn)
    sandbox.inbox.messages.clear()


def subscribe(sandbox: Sandbox, topic: str, **settings: Any) -> str:
    answer = sandbox.client("sns", REGION).subscribe(
        **{
            "TopicArn": topic,
            "Protocol": "email",
            "Endpoint": ADDRESS,
            "ReturnSubscriptionArn": True,
            **settings,
        }
    )
    return str(answer["SubscriptionArn"])


def publish(sandbox: Sandbox, topic: str, message: str = "Something happened.", **settings: Any) -> None:
    sandbox.client("sns", REGION).publish(TopicArn=topic, Message=message, **settings)


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


def test_a_bad_address_is_refused(sandbox: Sandbox, topic: str) -> None:
    with pytest.raises(ClientError, match="Email address"):
        subscribe(sandbox, topic, Endpoint="nobody")
    listed = sandbox.client("sns", REGION).list_subscriptions_by_topic(TopicArn=topic)
    assert listed["Subscriptions"] == []


def test_a_message_has_at_most_256_kib(sandbox: Sandbox, topic: str) -> None:
    publish(sandbox, topic, "x" * 256 * 1024)
    with pytest.raises(ClientError, match="too long"):
        publish(sandbox, topic, "ü" * (128 * 1024 + 1))


@pytest.mark.parametrize(
    "settings",
    [
        {"MessageStructure": "json"},
        {"MessageAttributes": {"team": {"DataType": "String", "StringValue": "red"}}},
    ],
)
def test_publications_that_are_not_modelled_are_refused_by_name(
    sandbox: Sandbox, topic: str, settings: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match=rf"NotModelled.*{next(iter(settings))}"):
        publish(sandbox, topic, "{}", **settings)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"Protocol": "https", "Endpoint": "https://example.com/hook"}, "https"),
        ({"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"}, "sqs"),
        ({"Attributes": {"FilterPolicy": "{}"}}, "Attributes"),
    ],
)
def test_subscriptions_that_are_not_modelled_are_refused_by_name(
    sandbox: Sandbox, topic: str, settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(ClientError, match=rf"NotModelled.*{named}"):
        subscribe(sandbox, topic, **settings)


def test_operations_that_are_not_modelled_are_refused_by_name(sandbox: Sandbox, topic: str) -> None:
    with pytest.raises(ClientError, match=r"NotModelled.*ConfirmSubscription"):
        sandbox.client("sns", REGION).confirm_subscription(TopicArn=topic, Token="token")
