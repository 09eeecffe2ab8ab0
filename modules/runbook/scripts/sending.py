"""The one way to publish a message."""

from __future__ import annotations

from typing import Any

from calls import client


def send(topic_arn: str, subject: str, message: str, **more: Any) -> None:
    """Publish in the topic's own Region: SNS takes a topic's ARN only there. Raises what SNS refuses.

    `more`: other parameters of Publish.
    """
    region = topic_arn.split(":")[3]
    client("sns", region).publish(TopicArn=topic_arn, Subject=subject, Message=message, **more)
