"""Subscriptions of SNS topics by e-mail: moto keeps them, and here they wait for a confirmation."""

from __future__ import annotations

import re
from typing import Any

from moto.sns.models import sns_backends

from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.mail import Mail
from sandbox.paging import only_modelled, page, refuse
from sandbox.topics import INVALID, PENDING, of_topic, topic_of

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


class Subscriptions:
    """Answers what asks for subscriptions, or makes and changes one."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    def register(self, gateway: Gateway) -> None:
        """Model subscriptions."""
        gateway.operations["sns", "Subscribe"] = self._subscribe
        gateway.operations["sns", "SetSubscriptionAttributes"] = refuse
        gateway.operations["sns", "ListSubscriptions"] = _list_subscriptions
        gateway.operations["sns", "ListSubscriptionsByTopic"] = _list_subscriptions
        gateway.operations["sns", "ConfirmSubscription"] = refuse
        gateway.before["sns", "Unsubscribe"].append(_check_unsubscribe)

    def _subscribe(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "TopicArn", "Protocol", "Endpoint", "Attributes", "ReturnSubscriptionArn")
        protocol, endpoint = call.params["Protocol"], call.params.get("Endpoint", "")
        if protocol != "email":
            raise not_modelled(f"SNS deliveries by {protocol}")
        if settings := call.params.get("Attributes"):
            raise not_modelled(f"{sorted(settings)} of a subscription")
        if not ADDRESS.fullmatch(endpoint):
            raise AwsError(INVALID, "Invalid parameter: Email address")
        topic = topic_of(call)
        is_new = all(each.endpoint != endpoint for each in of_topic(topic))
        subscription = topic.sns_backend.subscribe(topic.arn, endpoint, protocol)
        self._mail.ask(subscription, is_new=is_new)
        is_told = call.params.get("ReturnSubscriptionArn") or not subscription.attributes[PENDING]
        return {"SubscriptionArn": subscription.arn if is_told else "pending confirmation"}


def _list_subscriptions(call: Call) -> dict[str, Any]:
    everything = list(sns_backends[call.account][call.region].subscriptions.values())
    found = of_topic(topic_of(call)) if "TopicArn" in call.params else everything
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
