"""The inbox of everybody who is subscribed by e-mail: confirmations and what a topic sends.

E-mails end up in a folder as `.eml` files.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path
from threading import RLock
from urllib.parse import urlencode

from moto.sns.models import Subscription
from moto.utilities.utils import get_partition

from sandbox.clock import Clock
from sandbox.topics import PENDING, of_topic

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

    def ask(self, subscription: Subscription, *, is_new: bool) -> None:
        """Let a new subscription wait for its confirmation, and ask for it as long as it waits."""
        if is_new:
            self._asked.append(subscription)
            subscription.attributes |= {PENDING: True, "ConfirmationWasAuthenticated": False}
        if subscription.attributes[PENDING]:
            topic_arn = subscription.topic.arn
            url = _link(subscription, "confirmation", TopicArn=topic_arn, Token=uuid.uuid4().hex * 2)
            body = (
                f"You have chosen to subscribe to the topic: \n{topic_arn}\n\nTo confirm this "
                "subscription, click or visit the link below (If this was in error no action is "
                f"necessary): \n{url}\n\n{DO_NOT_REPLY}\n"
            )
            self._send(subscription, "AWS Notification - Subscription Confirmation", body)

    def deliver(self, subscription: Subscription, subject: str | None, text: str) -> None:
        """Send what was published to a subscriber."""
        url = _link(subscription, "unsubscribe", SubscriptionArn=subscription.arn)
        rule = "If you wish to stop receiving notifications from this topic, please click or visit"
        body = f"{text}\n\n--\n{rule} the link below to unsubscribe:\n{url}\n\n{DO_NOT_REPLY}\n"
        self._send(subscription, subject or "AWS Notification Message", body)

    def _waiting(self) -> list[Subscription]:
        return [each for each in self._asked if each.attributes[PENDING] and each in of_topic(each.topic)]

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


def _link(subscription: Subscription, page_name: str, **parameters: str) -> str:
    region = subscription.topic.sns_backend.region_name
    host = f"sns.{region}.amazonaws.com" + (".cn" if get_partition(region) == "aws-cn" else "")
    return f"https://{host}/{page_name}.html?{urlencode({**parameters, 'Endpoint': subscription.endpoint})}"
