"""SNS topics' e-mails: what a publication must look like, subscriptions to confirm, and an inbox.

moto keeps topics and subscriptions. E-mail subscriptions wait for a confirmation here, and e-mails
end up in a folder as `.eml` files.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from moto.sns.models import Subscription, Topic, sns_backends
from moto.utilities.utils import get_partition

from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.paging import only_modelled, page, refuse

if TYPE_CHECKING:
    from sandbox.clock import Clock

INVALID = "InvalidParameter"
PENDING = "PendingConfirmation"
MAXIMUM_MESSAGE_BYTES = 256 * 1024
SUBJECT = re.compile(r"[!-~][ -~]{0,99}")  # ASCII without control characters, not beginning with a space
NO_REPLY = "no-reply@sns.amazonaws.com"
DO_NOT_REPLY = (
    "Please do not reply directly to this email. If you have any questions or comments regarding this "
    "email, please contact us at https://aws.amazon.com/support"
)


@dataclass(frozen=True)
class Email:
    """One e-mail as it was sent, and the file that holds it."""

    to: str
    subject: str
    body: str
    topic_arn: str
    path: Path


class Mail:
    """The inbox of everybody who is subscribed by e-mail.

    `messages` holds every e-mail in the order of sending, confirmations included.
    """

    def __init__(self, clock: Clock, directory: Path) -> None:
        self._clock = clock
        self._directory = directory / "inbox"
        self._asked: list[Subscription] = []
        self._lock = RLock()
        self.messages: list[Email] = []

    def register(self, gateway: Gateway) -> None:
        """Deliver publications by e-mail, and model confirmations."""
        gateway.operations["sns", "Publish"] = self._publish
        gateway.operations["sns", "Subscribe"] = self._subscribe
        gateway.operations["sns", "ListSubscriptions"] = _list_subscriptions
        gateway.operations["sns", "ListSubscriptionsByTopic"] = _list_subscriptions
        for operation in ("ConfirmSubscription", "PublishBatch", "SetSubscriptionAttributes"):
            gateway.operations["sns", operation] = refuse
        gateway.before["sns", "Unsubscribe"].append(_check_unsubscribe)

    def confirm(self, address: str) -> None:
        """Confirm what waits for this address; raises `LookupError` if nothing does."""
        found = [each for each in self._waiting() if each.endpoint == address]
        if not found:
            raise LookupError(f"no subscription of {address} waits for a confirmation")
        for subscription in found:
            subscription.attributes[PENDING] = False

    def pending(self) -> list[str]:
        """Return the addresses that have not confirmed yet, in the order of their subscriptions."""
        return [each.endpoint for each in self._waiting()]

    def _waiting(self) -> list[Subscription]:
        return [
            each for each in self._asked if each.attributes[PENDING] and each in _subscriptions(each.topic)
        ]

    def _publish(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "TopicArn", "Message", "Subject")
        topic, text, subject = _topic(call), call.params.get("Message"), call.params.get("Subject")
        if not text:
            raise AwsError(INVALID, "Invalid parameter: Empty message")
        if subject is not None and not SUBJECT.fullmatch(subject):
            raise AwsError(INVALID, "Invalid parameter: Subject")
        if len(text.encode()) > MAXIMUM_MESSAGE_BYTES:
            raise AwsError(INVALID, "Invalid parameter: Message too long")
        for subscription in _subscriptions(topic):
            if not subscription.attributes[PENDING]:
                link = _link(subscription, "unsubscribe", SubscriptionArn=subscription.arn)
                rule = "If you wish to stop receiving notifications from this topic, please click or visit"
                body = f"{text}\n\n--\n{rule} the link below to unsubscribe:\n{link}\n\n{DO_NOT_REPLY}\n"
                self._send(subscription, subject or "AWS Notification Message", body)
        return {"MessageId": str(uuid.uuid4())}

    def _send(self, subscription: Subscription, subject: str, body: str) -> None:
        topic, address = subscription.topic, subscription.endpoint
        message = EmailMessage()
        message["From"] = formataddr((topic.display_name or "AWS Notifications", NO_REPLY))
        message["To"] = address
        message["Subject"] = subject
        message["Date"] = format_datetime(self._clock.now())
        message.set_content(body)
        with self._lock:
            name = f"{len(self.messages) + 1:04}-{re.sub(r'[^A-Za-z0-9@.+_-]', '_', address)}.eml"
            self._directory.mkdir(parents=True, exist_ok=True)
            path = self._directory / name
            path.write_bytes(message.as_bytes())
            self.messages.append(Email(address, subject, body, topic.arn, path))

    def _subscribe(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "TopicArn", "Protocol", "Endpoint", "ReturnSubscriptionArn")
        topic, protocol, address = _topic(call), call.params["Protocol"], call.params.get("Endpoint", "")
        if protocol != "email":
            raise not_modelled(f"SNS deliveries by {protocol}")
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
            raise AwsError(INVALID, "Invalid parameter: Email address")
        subscription = topic.sns_backend.subscribe(topic.arn, address, protocol)
        if subscription not in self._asked:
            self._asked.append(subscription)
            subscription.attributes |= {PENDING: True, "ConfirmationWasAuthenticated": False}
        if subscription.attributes[PENDING]:
            self._ask_for_confirmation(subscription)
            if not call.params.get("ReturnSubscriptionArn"):
                return {"SubscriptionArn": "pending confirmation"}
        return {"SubscriptionArn": subscription.arn}

    def _ask_for_confirmation(self, subscription: Subscription) -> None:
        link = _link(
            subscription, "confirmation", TopicArn=subscription.topic.arn, Token=uuid.uuid4().hex * 2
        )
        body = (
            f"You have chosen to subscribe to the topic: \n{subscription.topic.arn}\n\nTo confirm this "
            "subscription, click or visit the link below (If this was in error no action is necessary): \n"
            f"{link}\n\n{DO_NOT_REPLY}\n"
        )
        self._send(subscription, "AWS Notification - Subscription Confirmation", body)


def _list_subscriptions(call: Call) -> dict[str, Any]:
    everything = list(sns_backends[call.account][call.region].subscriptions.values())
    found = _subscriptions(_topic(call)) if "TopicArn" in call.params else everything
    shown, next_token = page(call, found, 100, INVALID)
    answer = [
        {
            "SubscriptionArn": PENDING if each.attributes[PENDING] else each.arn,
            "Owner": each.owner,
            "Protocol": each.protocol,
            "Endpoint": each.endpoint,
            "TopicArn": each.topic_arn,
        }
        for each in shown
    ]
    return {"Subscriptions": answer, **next_token}


def _check_unsubscribe(call: Call) -> None:
    arn = call.params["SubscriptionArn"]
    subscription = sns_backends[call.account][call.region].subscriptions.get(arn)
    if subscription and subscription.attributes[PENDING]:
        reason = "Cannot unsubscribe a subscription that is pending confirmation"
        raise AwsError(INVALID, f"Invalid parameter: SubscriptionArn Reason: {reason}")


def _topic(call: Call) -> Topic:
    arn = call.params.get("TopicArn", "")
    fields = arn.split(":")
    if len(fields) != 6 or fields[3] != call.region:
        raise AwsError(INVALID, "Invalid parameter: TopicArn")
    topic = sns_backends[fields[4]][fields[3]].topics.get(arn)
    if topic is None:
        raise AwsError("NotFound", "Topic does not exist")
    return topic


def _subscriptions(topic: Topic) -> list[Subscription]:
    return [each for each in topic.sns_backend.subscriptions.values() if each.topic is topic]


def _link(subscription: Subscription, page_name: str, **parameters: str) -> str:
    region = subscription.topic.sns_backend.region_name
    host = f"sns.{region}.amazonaws.com" + (".cn" if get_partition(region) == "aws-cn" else "")
    return f"https://{host}/{page_name}.html?{urlencode({**parameters, 'Endpoint': subscription.endpoint})}"
