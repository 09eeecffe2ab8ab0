"""Subscriptions' filter policies: which publications a subscription gets, by their attributes.

See https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html. moto checks and matches
them; an operator that it would match wrongly is an error that names it, when the policy is set.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import ServiceException
from moto.sns.models import SNSBackend
from moto.sns.utils import FilterPolicyMatcher

from sandbox.gateway import AwsError, not_modelled

OPERANDS = {"anything-but": (str, list), "exists": (bool,), "prefix": (str,)}


def check_filter_policy(text: str, backend: SNSBackend) -> None:
    """Raise `AwsError` for a policy that is malformed or too large, or has what is not modelled."""
    try:
        policy = dict(json.loads(text or "{}"))
        backend._validate_filter_policy(policy, scope=None)
    except (TypeError, ValueError):
        raise AwsError("InvalidParameter", "Invalid parameter: FilterPolicy: failed to parse JSON.") from None
    except ServiceException as error:
        raise AwsError("InvalidParameter", error.message) from error
    for name, conditions in policy.items():
        if name == "$or" or not all(_is_modelled(each) for each in conditions):
            what = f"{json.dumps({name: conditions})} of a filter policy"
            raise not_modelled(f"{what}, only texts and {list(OPERANDS)} of texts")


def accepts(text: str, attributes: dict[str, Any]) -> bool:
    """Tell whether a publication with these attributes (as `Publish` takes them) fits the policy."""
    given = {
        name: {"Type": each["DataType"], "Value": each["StringValue"]} for name, each in attributes.items()
    }
    return FilterPolicyMatcher(json.loads(text or "{}"), None).matches(given, "")


def _is_modelled(condition: Any) -> bool:
    if not isinstance(condition, dict):
        return isinstance(condition, str)
    if len(condition) != 1:
        return False
    [(operator, operand)] = condition.items()
    texts = operand if isinstance(operand, list) else []
    return isinstance(operand, OPERANDS.get(operator, ())) and all(isinstance(each, str) for each in texts)
