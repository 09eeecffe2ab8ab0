"""All forms of a message: by the protocol of a subscription, and by the topic that carries it.

A new protocol is a line in PROTOCOLS, a new topic one in TOPICS, with a setting for its ARN.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.messages.chat import notification_of
from ssm_agent_monitor.responder.messages.json_form import attributes_of, json_of
from ssm_agent_monitor.responder.messages.report import Report
from ssm_agent_monitor.responder.messages.text import sms_of, text_of
from ssm_agent_monitor.responder.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import PublishInputTypeDef

MESSAGE_BYTES = 250_000
"""SNS takes 262,144 with the attributes."""

PROTOCOLS: dict[str, Callable[[Report], str]] = {"email": text_of, "sms": sms_of}
"""What people get, by SNS's name of the protocol; all other subscribers get the JSON."""


def for_subscribers(report: Report) -> PublishInputTypeDef:
    """One message in the form that each protocol's subscribers get, with attributes for their filters.

    The JSON lists as many machines as SNS takes, and says how many it leaves out.
    """
    texts = {name: render(report) for name, render in PROTOCOLS.items()}
    message = ""
    for most_machines in range(len(report.named), -1, -1):
        default = json.dumps(json_of(report, most_machines), ensure_ascii=False)
        message = json.dumps({"default": default, **texts}, ensure_ascii=False)
        if len(message.encode()) <= MESSAGE_BYTES:
            break
    return {"Message": message, "MessageStructure": "json", "MessageAttributes": attributes_of(report)}


def for_chat(report: Report) -> PublishInputTypeDef:
    """The post in a chat channel."""
    return {"Message": json.dumps(notification_of(report))}


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that carries each message: the setting with its ARN (empty: there is none), and the form.

    `failure` are the words where a message could not be published to it.
    """

    arn: Callable[[Settings], str]
    form: Callable[[Report], PublishInputTypeDef]
    failure: str


MAIN = Topic(lambda settings: settings.topic_arn, for_subscribers, "the message could not be published")
CHAT = Topic(lambda settings: settings.chat_topic_arn, for_chat, "the message could not be posted to chat")
TOPICS = (MAIN, CHAT)
"""In the order in which they are published to: only the first must not fail."""
