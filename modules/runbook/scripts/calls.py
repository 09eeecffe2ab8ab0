"""How the scripts call AWS: clients that are patient, and the one way to publish."""

from __future__ import annotations

import json
from typing import Any

import boto3
from botocore.config import Config

# Automation repeats no call that a script makes, and after a mass outage many executions ask at once.
PATIENT = Config(retries={"mode": "adaptive", "total_max_attempts": 8})

MESSAGE_BYTES = 250_000
"""SNS takes 262,144 with the attributes, and the facts stand in a message once for each protocol."""


def client(service: str, region: str | None = None) -> Any:
    """A client for a Region, the runbook's own by default."""
    make: Any = boto3.client  # its stubs want the name of a service, known beforehand
    return make(service, region_name=region, config=PATIENT)


def send(topic_arn: str, subject: str, message: str, **more: Any) -> None:
    """Publish in the topic's own Region: SNS takes a topic's ARN only there. Raises what SNS refuses.

    `more`: other parameters of Publish.
    """
    region = topic_arn.split(":")[3]
    client("sns", region).publish(TopicArn=topic_arn, Subject=subject, Message=message, **more)


def for_each_protocol(text: str, facts: dict[str, Any]) -> str:
    """A message of the structure `json`: machines get the facts, all others the text.

    Of `facts["machines"]` as many are kept as SNS takes.
    """
    protocols = ("http", "https", "sqs", "lambda", "firehose")
    for_machines = json.dumps(facts)
    message = json.dumps({"default": text, **dict.fromkeys(protocols, for_machines)})
    if len(message) <= MESSAGE_BYTES or not facts["machines"]:
        return message
    return for_each_protocol(text, facts | {"machines": facts["machines"][:-1]})
