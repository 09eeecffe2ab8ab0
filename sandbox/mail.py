"""SNS topics' e-mails: what a publication must look like, subscriptions to confirm, and an inbox.

moto keeps topics and subscriptions and delivers to queues. E-mail subscriptions wait for a
confirmation here, and e-mails end up in a folder as `.eml` files.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from moto.core.exceptions import ServiceException
from moto.sns.models import Subscription, Topic, sns_backends
from moto.utilities.utils import get_partition

from sandbox.gateway import AwsError, Call, Gateway
from sandbox.paging import page

if TYPE_CHECKING:
    from sandbox.clock import Clock

MAXIMUM_MESSAGE_BYTES = 256 * 1024
TOKENS_ARE_VALID = timedelta(days=2)
PENDING_ARE_KEPT = timedelta(days=3)
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
    message: EmailMessage


@dataclass(frozen=True)
class _Pending:
    token: str
    subscription: Subscription


class Mail:
    """The inbox of everybody who is subscribed by e-mail.

    `messages` holds every e-mail in the order of sending, confirmations included.
    """

    def __init__(self, clock: Clock, directory: Path) -> None:
        self._clock = clock
        self._directory = directory / "inbox"
        self._pending: dict[str, _Pending] = {}  # by the subscription's ARN
        self._lock = RLock()
        self.messages: list[Email] = []

    def register(self, gateway: Gateway) -> None:
        """Check publications, deliver them by e-mail, and model confirmations."""
        gateway.before["sns", "Publish"].append(_check_publication)
        gateway.after["sns", "Publish"].append(self._published)
        gateway.operations["sns", "PublishBatch"] = _refuse_batch
        gateway.operations["sns", "Subscribe"] = self._subscribe
        gateway.operations["sns", "ConfirmSubscription"] = self._confirm_subscription
        gateway.before["sns", "Unsubscribe"].append(self._check_unsubscribe)
        gateway.after["sns", "DeleteTopic"].append(self._forget_deleted)
        gateway.operations["sns", "ListSubscriptions"] = self._list_subscriptions
        gateway.operations["sns", "ListSubscriptionsByTopic"] = self._list_subscriptions

    def publish(self, topic_arn: str, message: str, subject: str | None = None) -> None:
        """Publish as a service does: to the queues and addresses that are subscribed."""
        topic = _topic(topic_arn)
        _check_protocols(topic)
        topic.publish(message, subject=subject)
        self._send_to_subscribers(topic, subject, {"default": message}, {})

    def confirm(self, address_or_token: str) -> None:
        """Confirm what waits for this address, or for this token; raises `LookupError` if nothing does."""
        with self._lock:
            found = [
                pending
                for pending in self._pending.values()
                if pending.token and address_or_token in (pending.token, pending.subscription.endpoint)
            ]
            if not found:
                raise LookupError(f"no subscription of {address_or_token} waits for a confirmation")
            for pending in found:
                del self._pending[pending.subscription.arn]
                pending.subscription.attributes["PendingConfirmation"] = False
                _count(pending.subscription.topic)

    def pending(self) -> list[str]:
        """Return the addresses that have not confirmed yet, in the order of their subscriptions."""
        return [pending.subscription.endpoint for pending in self._pending.values()]

    def _published(self, call: Call) -> None:
        params = call.params
        if "PhoneNumber" in params:
            return
        texts = (
            json.loads(params["Message"])
            if params.get("MessageStructure") == "json"
            else {"default": params["Message"]}
        )
        attributes = {
            name: {
                "Type": value["DataType"],
                "Value": value.get("StringValue", value.get("BinaryValue")),
            }
            for name, value in params.get("MessageAttributes", {}).items()
        }
        topic = _topic(params.get("TopicArn") or params["TargetArn"])
        self._send_to_subscribers(topic, params.get("Subject"), texts, attributes)

    def _send_to_subscribers(
        self, topic: Topic, subject: str | None, texts: dict[str, str], attributes: dict[str, Any]
    ) -> None:
        text = texts.get("email", texts["default"])
        for subscription in _subscriptions(topic):
            if subscription.protocol != "email" or subscription.arn in self._pending:
                continue
            matcher = subscription._filter_policy_matcher
            if matcher is None or matcher.matches(attributes, texts["default"]):
                link = _link(topic, "unsubscribe", subscription.endpoint, SubscriptionArn=subscription.arn)
                rule = "If you wish to stop receiving notifications from this topic, please click or visit"
                body = f"{text}\n\n--\n{rule} the link below to unsubscribe:\n{link}\n\n{DO_NOT_REPLY}\n"
                self._send(topic, subscription.endpoint, subject or "AWS Notification Message", body)

    def _send(self, topic: Topic, address: str, subject: str, body: str) -> None:
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
            self.messages.append(Email(address, subject, body, topic.arn, path, message))

    def _subscribe(self, call: Call) -> dict[str, Any]:
        params = call.params
        backend = sns_backends[call.account][call.region]
        topic = _topic(params["TopicArn"])
        known = len(backend.subscriptions)
        attributes = dict(params.get("Attributes", {}))
        scope = attributes.pop("FilterPolicyScope", None)  # the policy is checked by its scope
        try:
            subscription = backend.subscribe(topic.arn, params.get("Endpoint", ""), params["Protocol"])
            for name, value in [("FilterPolicyScope", scope), *attributes.items()]:
                if value is not None:
                    text: Any = value == "true" if name == "RawMessageDelivery" else value
                    backend.set_subscription_attributes(subscription.arn, name, text)
        except ServiceException as error:
            raise AwsError(error.code, error.message) from error
        is_new = len(backend.subscriptions) > known
        if params["Protocol"] == "email" and (is_new or subscription.arn in self._pending):
            self._ask_for_confirmation(subscription)
        _count(topic)
        if subscription.arn in self._pending and not params.get("ReturnSubscriptionArn"):
            return {"SubscriptionArn": "pending confirmation"}
        return {"SubscriptionArn": subscription.arn}

    def _ask_for_confirmation(self, subscription: Subscription) -> None:
        topic, address = subscription.topic, subscription.endpoint
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
            del topic.sns_backend.subscriptions[subscription.arn]
            raise AwsError("InvalidParameter", "Invalid parameter: Email address")
        token = uuid.uuid4().hex + uuid.uuid4().hex
        subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
        pending = self._pending[subscription.arn] = _Pending(token, subscription)
        now = self._clock.now()
        self._clock.schedule(now + TOKENS_ARE_VALID, lambda: self._expire_token(pending))
        self._clock.schedule(now + PENDING_ARE_KEPT, lambda: self._forget(subscription))
        link = _link(topic, "confirmation", address, TopicArn=topic.arn, Token=token)
        body = (
            f"You have chosen to subscribe to the topic: \n{topic.arn}\n\nTo confirm this subscription, "
            "click or visit the link below (If this was in error no action is necessary): \n"
            f"{link}\n\n{DO_NOT_REPLY}\n"
        )
        self._send(topic, address, "AWS Notification - Subscription Confirmation", body)

    def _expire_token(self, pending: _Pending) -> None:
        arn = pending.subscription.arn
        if self._pending.get(arn) is pending:
            self._pending[arn] = _Pending("", pending.subscription)

    def _forget(self, subscription: Subscription) -> None:
        if self._pending.pop(subscription.arn, None):
            subscription.topic.sns_backend.subscriptions.pop(subscription.arn, None)
            _count(subscription.topic)

    def _forget_deleted(self, call: Call) -> None:
        for arn, pending in list(self._pending.items()):
            if pending.subscription.topic.arn == call.params["TopicArn"]:
                del self._pending[arn]

    def _confirm_subscription(self, call: Call) -> dict[str, Any]:
        topic = _topic(call.params["TopicArn"])
        for arn, pending in self._pending.items():
            if pending.token == call.params["Token"] and pending.subscription.topic is topic:
                self.confirm(pending.token)
                return {"SubscriptionArn": arn}
        raise AwsError("InvalidParameter", "Invalid parameter: Token")

    def _check_unsubscribe(self, call: Call) -> None:
        if call.params["SubscriptionArn"] in self._pending:
            reason = "Cannot unsubscribe a subscription that is pending confirmation"
            raise AwsError("InvalidParameter", f"Invalid parameter: SubscriptionArn Reason: {reason}")

    def _list_subscriptions(self, call: Call) -> dict[str, Any]:
        found = (
            _subscriptions(_topic(call.params["TopicArn"]))
            if "TopicArn" in call.params
            else list(sns_backends[call.account][call.region].subscriptions.values())
        )
        shown, next_token = page(call, found, 100, "InvalidParameter")
        answer = [
            {
                "SubscriptionArn": "PendingConfirmation" if each.arn in self._pending else each.arn,
                "Owner": each.owner,
                "Protocol": each.protocol,
                "Endpoint": each.endpoint,
                "TopicArn": each.topic_arn,
            }
            for each in shown
        ]
        return {"Subscriptions": answer, **next_token}


def _check_publication(call: Call) -> None:
    params = call.params
    if not params.get("Message"):
        raise AwsError("InvalidParameter", "Invalid parameter: Empty message")
    if "Subject" in params and not SUBJECT.fullmatch(params["Subject"]):
        raise AwsError("InvalidParameter", "Invalid parameter: Subject")
    attributes = params.get("MessageAttributes", {}).items()
    parts = [params["Message"], *(part for name, value in attributes for part in (name, *value.values()))]
    size = sum(len(part if isinstance(part, bytes) else part.encode()) for part in parts)
    if size > MAXIMUM_MESSAGE_BYTES:
        raise AwsError("InvalidParameter", "Invalid parameter: Message too long")
    if params.get("MessageStructure") == "json":
        _check_structure(params["Message"])
    if "PhoneNumber" not in params:
        _check_protocols(_topic(params.get("TopicArn") or params["TargetArn"]))


def _check_structure(message: str) -> None:
    problem = "Invalid parameter: Message Structure - "
    try:
        texts = json.loads(message)
    except ValueError:
        raise AwsError("InvalidParameter", f"{problem}JSON message body failed to parse") from None
    if not isinstance(texts, dict) or "default" not in texts:
        raise AwsError("InvalidParameter", f"{problem}No default entry in JSON message body")
    if not all(isinstance(text, str) for text in texts.values()):
        raise AwsError("InvalidParameter", f"{problem}the entries of the JSON message body must be strings")


def _check_protocols(topic: Topic) -> None:
    others = {each.protocol for each in _subscriptions(topic)} - {"email", "sqs"}
    if others:
        raise AwsError("NotModelled", f"the sandbox does not model SNS deliveries by {sorted(others)}")


def _refuse_batch(_: Call) -> dict[str, Any]:
    raise AwsError("NotModelled", "the sandbox does not model PublishBatch")


def _topic(arn: str) -> Topic:
    fields = arn.split(":")
    if len(fields) != 6:
        raise AwsError("InvalidParameter", "Invalid parameter: TopicArn")
    topic = sns_backends[fields[4]][fields[3]].topics.get(arn)
    if topic is None:
        raise AwsError("NotFound", "Topic does not exist")
    return topic


def _subscriptions(topic: Topic) -> list[Subscription]:
    return [each for each in topic.sns_backend.subscriptions.values() if each.topic is topic]


def _count(topic: Topic) -> None:
    pending = [each.attributes["PendingConfirmation"] for each in _subscriptions(topic)]
    topic.subscriptions_pending = pending.count(True)
    topic.subscriptions_confimed = pending.count(False)


def _link(topic: Topic, page_name: str, endpoint: str, **parameters: str) -> str:
    region = topic.sns_backend.region_name
    host = f"sns.{region}.amazonaws.com" + (".cn" if get_partition(region) == "aws-cn" else "")
    return f"https://{host}/{page_name}.html?{urlencode({**parameters, 'Endpoint': endpoint})}"
