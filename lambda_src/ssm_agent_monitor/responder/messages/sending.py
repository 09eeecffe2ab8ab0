"""The one way to publish: each message to all topics that there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ssm_agent_monitor.responder.messages.renderings import MAIN, TOPICS
from ssm_agent_monitor.responder.messages.report import Report
from ssm_agent_monitor.responder.messages.subject import subject_of
from ssm_agent_monitor.responder.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import PublishInputTypeDef


class NotSentError(Exception):
    """SNS did not take the message; the text says why."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where messages go; `client` gives the client of SNS in a Region: it takes a topic's ARN only there."""

    client: Callable[[str], SNSClient]
    settings: Settings

    def send(self, report: Report) -> list[str]:
        """Publish a message; returns where else than in the first topic it is missing, and why.

        Raises:
            NotSentError: the message could not be published to the first topic.
        """
        subject, problems = subject_of(report), list[str]()
        for topic in TOPICS:
            arn = topic.arn(self.settings)
            try:
                if arn:
                    client = self.client(arn.split(":")[3])
                    about: PublishInputTypeDef = {**topic.form(report), "TopicArn": arn, "Subject": subject}
                    client.publish(**about)
            except Exception as error:  # whatever it is: what was sent is sent
                if topic is not MAIN:
                    problems.append(f"{topic.failure}: {error}")
                elif isinstance(error, BotoCoreError | ClientError):
                    raise NotSentError(f"{topic.failure} to {arn}: {error}") from error
                else:
                    raise
        return problems
