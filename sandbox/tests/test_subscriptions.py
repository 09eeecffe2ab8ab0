from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import ACCOUNT, REGION, subscribe

QUEUE = {"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"}
POLICY = json.dumps({"status": ["lost"]})


def attributes(sandbox: Sandbox, arn: str) -> dict[str, str]:
    """Return what tells how a subscription is set."""
    sns = sandbox.client("sns", REGION)
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    names = ("RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "PendingConfirmation")
    return {name: shown[name] for name in names if name in shown}


def test_a_queue_needs_no_confirmation(sandbox: Sandbox, topic: str) -> None:
    arn = subscribe(sandbox, topic, **QUEUE, ReturnSubscriptionArn=False)
    assert attributes(sandbox, arn) == {"RawMessageDelivery": "false", "PendingConfirmation": "false"}
    listed = sandbox.client("sns", REGION).list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(each["Protocol"], each["SubscriptionArn"]) for each in listed] == [("sqs", arn)]


def test_settings_are_read_back_and_changed(sandbox: Sandbox, topic: str) -> None:
    sns = sandbox.client("sns", REGION)
    settings = {"RawMessageDelivery": "true", "FilterPolicy": POLICY}
    arn = subscribe(sandbox, topic, **QUEUE, Attributes=settings)
    expected = {**settings, "FilterPolicyScope": "MessageAttributes", "PendingConfirmation": "false"}
    assert attributes(sandbox, arn) == expected
    changes = {"RawMessageDelivery": "false", "FilterPolicy": "{}"}
    for name, value in changes.items():
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
    shown = attributes(sandbox, arn)
    assert (shown["RawMessageDelivery"], "FilterPolicy" in shown) == ("false", False)


def test_the_same_subscription_again_keeps_its_settings(sandbox: Sandbox, topic: str) -> None:
    arn = subscribe(sandbox, topic, **QUEUE, Attributes={"FilterPolicy": POLICY})
    assert subscribe(sandbox, topic, **QUEUE) == arn
    with pytest.raises(ClientError, match=r"InvalidParameter.*already exists with different attributes"):
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
    sandbox: Sandbox, topic: str, settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(ClientError, match=f"InvalidParameter.*{named}"):
        subscribe(sandbox, topic, **settings)
    listed = sandbox.client("sns", REGION).list_subscriptions_by_topic(TopicArn=topic)
    assert listed["Subscriptions"] == []
