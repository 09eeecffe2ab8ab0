"""The one way to publish: each message in all of its forms, to all topics that there are.

A new protocol is a line in PROTOCOLS, a new topic one in TOPICS, with a setting for its ARN.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ssm_agent_monitor.responder.messages.chat import notification_of
from ssm_agent_monitor.responder.messages.json_form import attributes_of, json_of
from ssm_agent_monitor.responder.messages.report import Report
from ssm_agent_monitor.responder.messages.subject import subject_of
from ssm_agent_monitor.responder.messages.text import text_of
from ssm_agent_monitor.responder.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import PublishInputTypeDef

MESSAGE_BYTES = 250_000
"""SNS takes 262,144 with the attributes."""

PROTOCOLS: dict[str, Callable[[str], str]] = {
    "email": lambda text: text,
    "sms": lambda text: text.partition("\n")[0],
}
"""What people get of the text, by SNS's name of the protocol; all other subscribers get the JSON."""


def _for_subscribers(report: Report) -> PublishInputTypeDef:
    """One message in the form that each protocol's subscribers get, with attributes for their filters.

    The JSON lists as many machines as SNS takes, and says how many it leaves out.
    """
    text = text_of(report)
    texts = {name: render(text) for name, render in PROTOCOLS.items()}
    message = ""
    for most_machines in range(len(report.named), -1, -1):
        default = json.dumps(json_of(report, most_machines), ensure_ascii=False)
        message = json.dumps({"default": default, **texts}, ensure_ascii=False)
        if len(message.encode()) <= MESSAGE_BYTES:
            break
    return {"Message": message, "MessageStructure": "json", "MessageAttributes": attributes_of(report)}


def _for_chat(report: Report) -> PublishInputTypeDef:
    return {"Message": json.dumps(notification_of(report))}


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that carries each message: the setting with its ARN (empty: there is none), and the form.

    `failure` are the words where a message could not be published to it.
    """

    arn: Callable[[Settings], str]
    form: Callable[[Report], PublishInputTypeDef]
    failure: str


MAIN = Topic(lambda settings: settings.topic_arn, _for_subscribers, "the message could not be published")
CHAT = Topic(lambda settings: settings.chat_topic_arn, _for_chat, "the message could not be posted to chat")
TOPICS = (MAIN, CHAT)
"""In the order in which they are published to: only the first must not fail."""


class NotSentError(Exception):
    """SNS did not take the message; the text says why."""


Send = Callable[[Report], list[str]]
"""Publishes a message; returns where else than in the first topic it is missing, and why."""


def send(client: Callable[[str], SNSClient], report: Report) -> list[str]:
    """As `Send`; `client` gives the client of SNS in a Region: it takes a topic's ARN only there.

    Raises:
        NotSentError: the message could not be published to the first topic.
    """
    subject, problems = subject_of(report), list[str]()
    for topic in TOPICS:
        arn = topic.arn(report.settings)
        try:
            if arn:
                about: PublishInputTypeDef = {**topic.form(report), "TopicArn": arn, "Subject": subject}
                client(arn.split(":")[3]).publish(**about)
        except Exception as error:  # whatever it is: what was sent is sent
            if topic is not MAIN:
                problems.append(f"{topic.failure}: {error}")
            elif isinstance(error, BotoCoreError | ClientError):
                raise NotSentError(f"{topic.failure} to {arn}: {error}") from error
            else:
                raise
    return problems
