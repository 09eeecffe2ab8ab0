"""SNS's topics and their subscriptions, as moto keeps them."""

from __future__ import annotations

from moto.sns.models import Subscription, Topic, sns_backends

from sandbox.gateway import AwsError, Call

INVALID = "InvalidParameter"
PENDING = "PendingConfirmation"


def of_topic(topic: Topic) -> list[Subscription]:
    """Return a topic's subscriptions, pending ones too, in the order in which they were made."""
    return [each for each in topic.sns_backend.subscriptions.values() if each.topic is topic]


def topic_of(call: Call) -> Topic:
    """Return the topic that a call names; raises `AwsError` if there is none in the Region called."""
    arn = call.params.get("TopicArn", "")
    fields = arn.split(":")
    if len(fields) != 6 or fields[3] != call.region:
        raise AwsError(INVALID, "Invalid parameter: TopicArn")
    topic = sns_backends[fields[4]][fields[3]].topics.get(arn)
    if topic is None:
        raise AwsError("NotFound", "Topic does not exist")
    return topic
