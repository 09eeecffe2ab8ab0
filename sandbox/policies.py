"""What IAM policy documents say to one request: the decision logic, without any state.

See "Policy evaluation logic" and "IAM JSON policy elements reference" of the IAM user guide.
An element, operator or condition key that is not modelled is an error that names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

from sandbox.gateway import not_modelled

PolicyDocument = Mapping[str, Any]

STATEMENT_ELEMENTS = {"Action", "Condition", "Effect", "Principal", "Resource", "Sid"}
# Keys that are modelled, in lower case; the part after a slash is free.
CONDITION_KEYS = {
    *("aws:principalaccount", "aws:principalarn", "aws:requestedregion", "aws:resourceaccount"),
    *("aws:securetransport", "aws:sourceaccount", "aws:sourcearn", "aws:sourceowner", "aws:tagkeys"),
    *("events:detail-type", "events:source"),
    *("aws:resourcetag", "ec2:resourcetag", "ssm:resourcetag", "iam:passedtoservice"),
}


class Decision(Enum):
    """What a set of policies says to a request."""

    ALLOW = "allow"
    DENY = "explicit deny"
    IMPLICIT = "implicit deny"


@dataclass(frozen=True)
class AccessRequest:
    """One action on one resource.

    `context` holds the values of condition keys, lists of those that may have several, `principals` all
    that a `Principal` element may call who asks: pairs such as ("Service", "config.amazonaws.com") or
    ("AWS", an ARN or account id).
    """

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)
    principals: tuple[tuple[str, str], ...] = ()


def decide(documents: Iterable[PolicyDocument | str], request: AccessRequest) -> Decision:
    """Say what the policies say together: a Deny wins over each Allow."""
    contents = [json.loads(each) if isinstance(each, str) else each for each in documents]
    statements = [each for content in contents for each in _as_list(content.get("Statement", []))]
    effects = {statement["Effect"] for statement in statements if _applies(statement, request)}
    if "Deny" in effects:
        return Decision.DENY
    return Decision.ALLOW if effects else Decision.IMPLICIT


def decisive_keys(documents: Iterable[PolicyDocument | str], request: AccessRequest) -> set[str]:
    """The condition keys of statements about the action and the resource that the request doesn't have."""
    contents = [json.loads(each) if isinstance(each, str) else each for each in documents]
    statements = [each for content in contents for each in _as_list(content.get("Statement", []))]
    known = {name.lower() for name in request.context}
    return {
        key
        for statement in statements
        if _applies({name: part for name, part in statement.items() if name != "Condition"}, request)
        for keys in statement.get("Condition", {}).values()
        for key in keys
        if key.lower() not in known
    }


def _applies(statement: Mapping[str, Any], request: AccessRequest) -> bool:
    unknown = set(statement) - STATEMENT_ELEMENTS
    if unknown:
        raise not_modelled(f"the policy element {sorted(unknown)[0]}")
    return (
        any(_like(pattern.lower(), request.action.lower()) for pattern in _texts(statement["Action"]))
        # A trust policy has no Resource.
        and any(_like(pattern, request.resource) for pattern in _texts(statement.get("Resource", "*")))
        and _names_principal(statement.get("Principal"), request)
        and all(
            _condition_holds(operator, key, values, request.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _names_principal(principal: Any, request: AccessRequest) -> bool:
    if principal in (None, "*"):  # an identity-based policy has none
        return True
    named = {(kind, value) for kind, values in principal.items() for value in _texts(values)}
    return ("AWS", "*") in named or not named.isdisjoint(request.principals)


def _condition_holds(operator: str, key: str, values: Any, context: Mapping[str, Any]) -> bool:
    if key.partition("/")[0].lower() not in CONDITION_KEYS:
        raise not_modelled(f"the condition key {key}")
    each = operator.startswith("ForAllValues:")
    matches = OPERATORS.get(operator.removeprefix("ForAllValues:").removesuffix("IfExists"))
    if matches is None:
        raise not_modelled(f"the condition operator {operator}")
    wanted = _texts(values)
    actual = {item.lower(): value for item, value in context.items()}.get(key.lower())
    if actual is None:
        return each or operator.endswith("IfExists")
    if isinstance(actual, list) and not each:
        raise not_modelled(f"{operator} for {key}, which may have several values")
    return all(any(matches(value, one) for value in wanted) for one in _as_list(actual))


def _like(pattern: str, value: str) -> bool:
    return _compiled(pattern).fullmatch(value) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    parts = [wildcards.get(character, re.escape(character)) for character in pattern]
    return re.compile("".join(parts), re.DOTALL)


def _like_arn(pattern: str, value: str) -> bool:
    """Compare part by part, as ArnLike and ArnEquals both do."""
    patterns, values = pattern.split(":", 5), value.split(":", 5)
    return len(patterns) == len(values) and all(map(_like, patterns, values))


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringLike": _like,
    "ArnEquals": _like_arn,
    "ArnLike": _like_arn,
    "Bool": lambda wanted, actual: wanted.lower() == actual.lower(),
}


def _texts(value: Any) -> list[str]:
    """Return the texts of an element; raises an AwsError for a policy variable."""
    texts = [str(each) for each in _as_list(value)]
    for text in texts:
        if "${" in text:
            raise not_modelled(f"the policy variable in {text}")
    return texts


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
