"""SNS `Publish`: what a publication must look like, and who gets it.

See https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
and https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.mail import Mail
from sandbox.paging import only_modelled, refuse
from sandbox.topics import INVALID, PENDING, of_topic, topic_of

MAXIMUM_MESSAGE_BYTES = 256 * 1024
SUBJECT = re.compile(r"[!-~][ -~]{0,99}")  # ASCII without control characters, not beginning with a space
ATTRIBUTE_NAME = re.compile(r"(?!aws\.|amazon\.)[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)
MAXIMUM_NAME_CHARACTERS = 256


class Publications:
    """Delivers what is published to a topic."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    def register(self, gateway: Gateway) -> None:
        """Answer `Publish`."""
        gateway.operations["sns", "Publish"] = self._publish
        gateway.operations["sns", "PublishBatch"] = refuse

    def _publish(self, call: Call) -> dict[str, Any]:
        bodies = _checked_bodies(call)
        for subscription in of_topic(topic_of(call)):
            if not subscription.attributes[PENDING]:
                text = bodies.get("email", bodies["default"])
                self._mail.deliver(subscription, call.params.get("Subject"), text)
        return {"MessageId": str(uuid.uuid4())}


def _checked_bodies(call: Call) -> dict[str, str]:
    """Return the body for each protocol, "default" for the others; raises `AwsError` for what SNS refuses."""
    only_modelled(call, "TopicArn", "Message", "Subject", "MessageStructure", "MessageAttributes")
    text, subject = call.params.get("Message"), call.params.get("Subject")
    attributes, structure = call.params.get("MessageAttributes") or {}, call.params.get("MessageStructure")
    if not text:
        raise AwsError(INVALID, "Invalid parameter: Empty message")
    if subject is not None and not SUBJECT.fullmatch(subject):
        raise AwsError(INVALID, "Invalid parameter: Subject")
    if structure not in (None, "json"):
        raise AwsError(INVALID, "Invalid parameter: MessageStructure")
    for name, attribute in attributes.items():
        _check_attribute(name, attribute)
    if len(text.encode()) + _size(attributes) > MAXIMUM_MESSAGE_BYTES:
        raise AwsError(INVALID, "Invalid parameter: Message too long")
    return _bodies(text) if structure else {"default": text}


def _bodies(text: str) -> dict[str, str]:
    """Return the texts of a message with a body for each protocol; what is no text is ignored."""
    try:
        bodies = json.loads(text, object_pairs_hook=_without_doubles)
    except ValueError:
        bodies = None
    if not isinstance(bodies, dict):
        raise AwsError(INVALID, "Invalid parameter: Message Structure - JSON message body failed to parse")
    texts = {name: body for name, body in bodies.items() if isinstance(body, str)}
    if "default" not in texts:
        raise AwsError(
            INVALID, "Invalid parameter: Message Structure - No default entry in JSON message body"
        )
    return texts


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("duplicate keys are not allowed")
    return dict(pairs)


def _size(attributes: dict[str, Any]) -> int:
    """Return the bytes of all names, types and values, which count as parts of the message."""
    parts = [(name, each["DataType"], each["StringValue"]) for name, each in attributes.items()]
    return sum(len(part.encode()) for texts in parts for part in texts)


def _check_attribute(name: str, attribute: dict[str, Any]) -> None:
    if attribute["DataType"] != "String":
        raise not_modelled(f"message attributes of type {attribute['DataType']}, only String")
    if len(name) > MAXIMUM_NAME_CHARACTERS or not ATTRIBUTE_NAME.fullmatch(name):
        rule = "alphanumeric characters, hyphens, underscores, or single dots within it"
        problem = f"Invalid message attribute name {name!r}. Can only include {rule}."
    elif not attribute.get("StringValue"):
        reason = "non-empty message attribute value for message attribute type 'String'"
        problem = f"The message attribute '{name}' must contain {reason}."
    else:
        return
    raise AwsError("ParameterValueInvalid", problem)
