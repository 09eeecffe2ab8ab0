"""Subscriptions' filter policies: which publications a subscription gets, by their attributes.

See https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html. moto checks and matches
them; anything but a text is an error that names it, when the policy is set.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import ServiceException
from moto.sns.models import SNSBackend
from moto.sns.utils import FilterPolicyMatcher

from sandbox.gateway import AwsError, not_modelled


def check_filter_policy(text: str, backend: SNSBackend) -> None:
    """Raise `AwsError` for a policy that is malformed or too large, or has what is not modelled."""
    try:
        policy = dict(json.loads(text or "{}"))
    except (TypeError, ValueError):
        raise AwsError("InvalidParameter", "Invalid parameter: FilterPolicy: failed to parse JSON.") from None
    for name, conditions in policy.items():
        others = isinstance(conditions, list) and not all(isinstance(each, str) for each in conditions)
        if name == "$or" or others:
            raise not_modelled(f"{json.dumps({name: conditions})} of a filter policy, only texts")
    try:
        backend._validate_filter_policy(policy, scope=None)
    except ServiceException as error:
        raise AwsError("InvalidParameter", error.message) from error


def accepts(text: str, attributes: dict[str, Any]) -> bool:
    """Tell whether a publication with these attributes (as `Publish` takes them) fits the policy."""
    given = {
        name: {"Type": each["DataType"], "Value": each["StringValue"]} for name, each in attributes.items()
    }
    return FilterPolicyMatcher(json.loads(text or "{}"), None).matches(given, "")
