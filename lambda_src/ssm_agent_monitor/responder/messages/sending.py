"""The one way to publish: a message to the topic, and the same to the topic for chat."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ssm_agent_monitor.responder.messages.chat import notification_of
from ssm_agent_monitor.responder.messages.facts import attributes_of
from ssm_agent_monitor.responder.messages.protocols import for_each_protocol


class NotSentError(Exception):
    """SNS did not take the message; the text says why."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where messages go.

    `client` gives the client of SNS in a Region: SNS takes a topic's ARN only there. `chat_topic_arn` is
    empty if there is none.
    """

    client: Callable[[str], Any]
    topic_arn: str
    chat_topic_arn: str

    def send(self, subject: str, text: str, facts: dict[str, Any]) -> list[str]:
        """Publish a message; returns why it is not in the chat channel.

        `text` is for people, `facts` for machines that read (docs/message.schema.json).

        Raises:
            NotSentError: the message itself could not be published.
        """
        try:
            self._publish(
                self.topic_arn,
                Subject=subject,
                Message=for_each_protocol(text, facts),
                MessageStructure="json",
                MessageAttributes=attributes_of(facts),
            )
        except (BotoCoreError, ClientError) as error:
            raise NotSentError(f"the message could not be published to {self.topic_arn}: {error}") from error
        try:
            if self.chat_topic_arn:
                post = json.dumps(notification_of(subject, text, facts))
                self._publish(self.chat_topic_arn, Subject=subject, Message=post)
        except Exception as error:  # whatever it is: the message itself is sent
            return [f"the message could not be posted to chat: {error}"]
        return []

    def _publish(self, topic_arn: str, **message: Any) -> None:
        self.client(topic_arn.split(":")[3]).publish(TopicArn=topic_arn, **message)
