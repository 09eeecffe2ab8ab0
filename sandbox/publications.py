"""SNS `Publish`: what a publication must look like, and who gets it in which form.

See https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
and https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from moto.sns.models import Subscription

from sandbox.access import Access
from sandbox.clock import Clock
from sandbox.filter_policies import accepts
from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.mail import Mail, unsubscribe_link
from sandbox.paging import only_modelled, refuse
from sandbox.queues import put_as_service
from sandbox.topics import INVALID, PENDING, of_topic, topic_of

PRINCIPAL = "sns.amazonaws.com"
MAXIMUM_MESSAGE_BYTES = 256 * 1024
SUBJECT = re.compile(r"[!-~][ -~]{0,99}")  # ASCII without control characters, not beginning with a space
ATTRIBUTE_NAME = re.compile(r"(?!aws\.|amazon\.)[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)
MAXIMUM_NAME_CHARACTERS = 256
MOST_RAW_ATTRIBUTES = 10


@dataclass(frozen=True)
class Publication:
    """One message: a body for each protocol, "default" for the others, and what subscribers can filter by.

    `delivered` are the attributes that are sent along: none if there is a body for each protocol.
    """

    topic_arn: str
    subject: str | None
    bodies: dict[str, str]
    attributes: dict[str, Any]
    delivered: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def body(self, protocol: str) -> str:
        """Return what subscribers by this protocol get."""
        return self.bodies.get(protocol, self.bodies["default"])


@dataclass(frozen=True)
class Undelivered:
    """A publication that a queue did not get, and why."""

    subscription_arn: str
    message_id: str
    reason: str


class Publications:
    """Delivers what is published to a topic; `undelivered` is what AWS shows as a metric only."""

    def __init__(self, clock: Clock, access: Access, mail: Mail) -> None:
        self._clock = clock
        self._access = access
        self._mail = mail
        self.undelivered: list[Undelivered] = []

    def register(self, gateway: Gateway) -> None:
        """Answer `Publish`."""
        gateway.operations["sns", "Publish"] = self._publish
        gateway.operations["sns", "PublishBatch"] = refuse

    def _publish(self, call: Call) -> dict[str, Any]:
        publication = _publication(call)
        for subscription in of_topic(topic_of(call)):
            settings = subscription.attributes
            if settings[PENDING] or not accepts(settings.get("FilterPolicy", ""), publication.attributes):
                continue
            if subscription.protocol == "email":
                self._mail.deliver(subscription, publication.subject, publication.body("email"))
            elif problem := self._put_into_queue(subscription, publication):
                self.undelivered.append(Undelivered(subscription.arn, publication.id, problem))
        return {"MessageId": publication.id}

    def _put_into_queue(self, subscription: Subscription, publication: Publication) -> str | None:
        is_raw = str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"
        attributes = publication.delivered if is_raw else {}
        if len(attributes) > MOST_RAW_ATTRIBUTES:
            return f"{len(attributes)} message attributes, and SQS takes {MOST_RAW_ATTRIBUTES}"
        return put_as_service(
            self._access,
            subscription.endpoint,
            publication.body("sqs") if is_raw else self._envelope(subscription, publication),
            attributes,
            service_principal=PRINCIPAL,
            source_arn=publication.topic_arn,
            source_account=subscription.topic.account_id,
        )

    def _envelope(self, subscription: Subscription, publication: Publication) -> str:
        """Return the JSON text that a queue gets unless its delivery is raw; nothing is signed here."""
        now = self._clock.now()
        attributes = {
            name: {"Type": each["DataType"], "Value": each["StringValue"]}
            for name, each in publication.delivered.items()
        }
        envelope = {
            "Type": "Notification",
            "MessageId": publication.id,
            "TopicArn": publication.topic_arn,
            **({"Subject": publication.subject} if publication.subject else {}),
            "Message": publication.body("sqs"),
            "Timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z",
            "SignatureVersion": "1",
            "Signature": "none",
            "SigningCertURL": "none",
            "UnsubscribeURL": unsubscribe_link(subscription),
            **({"MessageAttributes": attributes} if attributes else {}),
        }
        return json.dumps(envelope, indent=2)


def _publication(call: Call) -> Publication:
    """Return what is published; raises `AwsError` for what SNS refuses."""
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
    bodies = _bodies(text) if structure else {"default": text}
    # "Message attributes are sent only when the message structure is String, not JSON."
    return Publication(
        call.params.get("TopicArn", ""), subject, bodies, attributes, {} if structure else attributes
    )


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
