"""The one way to publish: each message in all of its forms, to all topics that there are.

A new protocol is one of the `texts`, by SNS's name of it; a new topic is one more `publish`, with a setting.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ssm_agent_monitor.responder.messages.chat import notification_of
from ssm_agent_monitor.responder.messages.json_form import attributes_of, json_of
from ssm_agent_monitor.responder.messages.report import Report
from ssm_agent_monitor.responder.messages.subject import subject_of
from ssm_agent_monitor.responder.messages.text import text_of

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import PublishInputTypeDef

MESSAGE_BYTES = 250_000
"""SNS takes 262,144 with the attributes."""


def _for_subscribers(report: Report) -> PublishInputTypeDef:
    """One message in the form that each protocol's subscribers get, with attributes for their filters.

    The JSON is for all that have no form of their own: it lists as many machines as SNS takes.
    """
    text, message = text_of(report), ""
    texts = {"email": text, "sms": text.partition("\n")[0]}
    for most_machines in range(len(report.named), -1, -1):
        default = json.dumps(json_of(report, most_machines), ensure_ascii=False)
        message = json.dumps({"default": default, **texts}, ensure_ascii=False)
        if len(message.encode()) <= MESSAGE_BYTES:
            break
    return {"Message": message, "MessageStructure": "json", "MessageAttributes": attributes_of(report)}


class NotSentError(Exception):
    """SNS did not take the message; the text says why."""


Send = Callable[[Report], list[str]]
"""Publishes a message; returns where else than in the first topic it is missing, and why."""


def send(client: Callable[[str], SNSClient], report: Report) -> list[str]:
    """As `Send`; `client` gives the client of SNS in a Region: it takes a topic's ARN only there.

    Raises NotSentError if the message could not be published to the first topic.
    """

    def publish(arn: str, form: PublishInputTypeDef) -> None:
        about: PublishInputTypeDef = {**form, "TopicArn": arn, "Subject": subject_of(report)}
        client(arn.split(":")[3]).publish(**about)

    main, chat = report.settings.topic_arn, report.settings.chat_topic_arn
    try:
        publish(main, _for_subscribers(report))
    except (BotoCoreError, ClientError) as error:
        raise NotSentError(f"the message could not be published to {main}: {error}") from error
    try:
        if chat:
            publish(chat, {"Message": json.dumps(notification_of(report))})
    except Exception as error:  # whatever it is: what was sent is sent
        return [f"the message could not be posted to chat: {error}"]
    return []
