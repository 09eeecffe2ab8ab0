"""Subscriptions of SNS topics, by e-mail and to queues, and what each is set to.

moto keeps topics and subscriptions. One by e-mail waits for a confirmation here.
"""

from __future__ import annotations

import re
from typing import Any

from moto.sns.models import sns_backends

from sandbox.filter_policies import check_filter_policy
from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.mail import Mail
from sandbox.paging import only_modelled, page, refuse
from sandbox.topics import INVALID, PENDING, of_topic, topic_of

SCOPE = "MessageAttributes"
ENDPOINTS = {  # by protocol: an endpoint's form, and what AWS calls it
    "email": (r"[^@\s]+@[^@\s]+", "Email address"),
    "sqs": (r"arn:[^:]+:sqs:[^:]+:\d{12}:[\w-]+", "SQS endpoint ARN"),
}


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
        settings = call.params.get("Attributes") or {}
        _check_endpoint(call, protocol, endpoint)
        for name, value in settings.items():
            _check_setting(call, protocol, name, value)
        topic = topic_of(call)
        is_new = not any((each.protocol, each.endpoint) == (protocol, endpoint) for each in of_topic(topic))
        subscription = topic.sns_backend.subscribe(topic.arn, endpoint, protocol)
        if is_new:
            subscription.attributes |= settings
            if "FilterPolicy" in settings:
                subscription.attributes.setdefault("FilterPolicyScope", SCOPE)
        elif settings.items() - subscription.attributes.items():
            reason = "Subscription already exists with different attributes"
            raise AwsError(INVALID, f"Invalid parameter: Attributes Reason: {reason}")
        if protocol == "email":
            self._mail.ask(subscription, is_new=is_new)
        is_told = call.params.get("ReturnSubscriptionArn") or not subscription.attributes[PENDING]
        return {"SubscriptionArn": subscription.arn if is_told else "pending confirmation"}


def _check_endpoint(call: Call, protocol: str, endpoint: str) -> None:
    if protocol not in ENDPOINTS:
        raise not_modelled(f"SNS deliveries by {protocol}")
    form, what = ENDPOINTS[protocol]
    if not re.fullmatch(form, endpoint):
        raise AwsError(INVALID, f"Invalid parameter: {what}")
    if protocol == "sqs" and endpoint.split(":")[4] != call.account:
        raise not_modelled(f"a subscription of a queue in another account: {endpoint}")


def _check_setting(call: Call, protocol: str, name: str, value: str) -> None:
    if name == "FilterPolicy":
        check_filter_policy(value, sns_backends[call.account][call.region])
    elif name == "RawMessageDelivery":
        if value not in ("true", "false"):
            reason = f"RawMessageDelivery: Invalid value [{value}]. Must be true or false."
            raise AwsError(INVALID, f"Invalid parameter: {reason}")
        if protocol == "email" and value == "true":
            reason = "Delivery protocol [email] does not support raw message delivery."
            raise AwsError(INVALID, f"Invalid parameter: {reason}")
    elif (name, value) != ("FilterPolicyScope", SCOPE):
        raise not_modelled(f"{name} {value} of a subscription")


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
