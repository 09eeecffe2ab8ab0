"""Subscriptions' filter policies: which publications a subscription gets, by their attributes.

See https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html. An operator that
is not modelled is an error that names it, when the policy is set.
"""

from __future__ import annotations

import json
from math import prod
from typing import Any

from sandbox.gateway import AwsError, not_modelled

MOST_NAMES = 5
MOST_COMBINATIONS = 150
OPERANDS = {"anything-but": (str, list, dict), "exists": (bool,), "prefix": (str,)}


def check_filter_policy(text: str) -> None:
    """Raise `AwsError` for a policy that is malformed or too large, or has what is not modelled."""
    try:
        policy = dict(json.loads(text or "{}"))
    except (TypeError, ValueError):
        raise _invalid("failed to parse JSON.") from None
    for name, conditions in policy.items():
        if not isinstance(conditions, list):
            raise _invalid(f'"{name}" must be an object or an array')
        if name == "$or" or not all(_is_modelled(each) for each in conditions):
            what = f"{json.dumps({name: conditions})} of a filter policy"
            raise not_modelled(f"{what}, only texts and {list(OPERANDS)} of texts")
    if len(policy) > MOST_NAMES:
        raise _invalid(f"Filter policy can not have more than {MOST_NAMES} keys")
    if prod(len(conditions) for conditions in policy.values()) > MOST_COMBINATIONS:
        raise _invalid("Filter policy is too complex")


def accepts(text: str, attributes: dict[str, Any]) -> bool:
    """Tell whether a publication with these attributes (as `Publish` takes them) fits the policy."""
    policy = json.loads(text or "{}")
    return all(
        any(_fits(condition, attributes.get(name)) for condition in conditions)
        for name, conditions in policy.items()
    )


def _is_modelled(condition: Any) -> bool:
    if not isinstance(condition, dict):
        return isinstance(condition, str)
    if len(condition) != 1:
        return False
    [(operator, operand)] = condition.items()
    if operator == "anything-but" and isinstance(operand, dict):
        return set(operand) == {"prefix"} and isinstance(operand["prefix"], str)
    texts = operand if isinstance(operand, list) else []
    return isinstance(operand, OPERANDS.get(operator, ())) and all(isinstance(each, str) for each in texts)


def _fits(condition: Any, attribute: dict[str, str] | None) -> bool:
    if isinstance(condition, dict) and "exists" in condition:
        return bool(condition["exists"]) is (attribute is not None)
    if attribute is None:
        return False
    return any(_holds(condition, value) for value in _values(attribute))


def _holds(condition: Any, value: Any) -> bool:
    """Tell whether a condition holds for one value; of an array, one that fits is enough."""
    if isinstance(condition, str):
        return bool(value == condition)
    if "prefix" in condition:
        return isinstance(value, str) and value.startswith(condition["prefix"])
    excluded = condition["anything-but"]
    return not any(_holds(each, value) for each in (excluded if isinstance(excluded, list) else [excluded]))


def _values(attribute: dict[str, str]) -> list[Any]:
    """Return an attribute's values: none of an array that is no JSON array, a number as no text."""
    text = attribute["StringValue"]
    if attribute["DataType"] == "Number":
        return [float(text)]
    if attribute["DataType"] == "String":
        return [text]
    try:
        return list(json.loads(text))
    except (TypeError, ValueError):
        return []


def _invalid(reason: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: FilterPolicy: {reason}")
