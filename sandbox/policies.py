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

from sandbox.gateway import AwsError

PolicyDocument = Mapping[str, Any]

# Keys that are modelled; the part after a slash is free.
CONDITION_KEYS = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltag",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:resourcetag",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceowner",
    "ec2:resourcetag",
    "iam:passedtoservice",
    "ssm:resourcetag",
    "sts:externalid",
    "sts:rolesessionname",
}
STATEMENT_ELEMENTS = {
    "Action",
    "Condition",
    "Effect",
    "NotAction",
    "NotResource",
    "Principal",
    "Resource",
    "Sid",
}


class Decision(Enum):
    """What a set of policies says to a request."""

    ALLOW = "allow"
    DENY = "explicit deny"
    SILENT = "implicit deny"


@dataclass(frozen=True)
class AccessRequest:
    """One action on one resource.

    `context` holds the values of condition keys, `principals` all that a `Principal` element may
    call who asks: pairs such as ("Service", "config.amazonaws.com") or ("AWS", an ARN or account id).
    """

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)
    principals: tuple[tuple[str, str], ...] = ()


def decide(documents: Iterable[PolicyDocument | str], request: AccessRequest) -> Decision:
    """Say what the policies say together: a Deny wins over each Allow."""
    decision = Decision.SILENT
    for document in documents:
        content = json.loads(document) if isinstance(document, str) else document
        for statement in _as_list(content.get("Statement", [])):
            if not _applies(statement, request):
                continue
            if statement["Effect"] == "Deny":
                return Decision.DENY
            decision = Decision.ALLOW
    return decision


def _applies(statement: Mapping[str, Any], request: AccessRequest) -> bool:
    unknown = set(statement) - STATEMENT_ELEMENTS
    if unknown:
        raise not_modelled(f"the policy element {sorted(unknown)[0]}")
    return (
        _covers(statement, "Action", lambda pattern: _like(pattern.lower(), request.action.lower()))
        and _covers(statement, "Resource", lambda pattern: _like_resource(pattern, request.resource))
        and _names_principal(statement.get("Principal"), request)
        and all(
            _condition_holds(operator, key, _as_list(values), request.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _covers(statement: Mapping[str, Any], element: str, matches: Callable[[str], bool]) -> bool:
    """Whether an element or its Not… counterpart covers the request (a trust policy has no Resource)."""
    if element in statement:
        return any(map(matches, _as_list(statement[element])))
    if f"Not{element}" in statement:
        return not any(map(matches, _as_list(statement[f"Not{element}"])))
    return True


def _names_principal(principal: Any, request: AccessRequest) -> bool:
    if principal is None:  # an identity-based policy
        return True
    if principal == "*":
        return True
    named = {(kind, value) for kind, values in principal.items() for value in _as_list(values)}
    return ("AWS", "*") in named or not named.isdisjoint(request.principals)


def _condition_holds(operator: str, key: str, values: list[Any], context: Mapping[str, str]) -> bool:
    if key.partition("/")[0].lower() not in CONDITION_KEYS:
        raise not_modelled(f"the condition key {key}")
    base = operator.removesuffix("IfExists")
    actual = {item.lower(): value for item, value in context.items()}.get(key.lower())
    wanted = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    if base == "Null":
        return wanted[0].lower() == str(actual is None).lower()
    if base not in OPERATORS:
        raise not_modelled(f"the condition operator {operator}")
    if any("${" in value for value in wanted):
        raise not_modelled(f"the policy variable in {key}: {wanted}")
    matches, negated = OPERATORS[base]
    if actual is None:
        return negated or base != operator
    return negated != any(matches(value, actual) for value in wanted)


def _like_resource(pattern: str, resource: str) -> bool:
    if "${" in pattern:
        raise not_modelled(f"the policy variable in {pattern}")
    return _like(pattern, resource)


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


def _equal(pattern: str, value: str) -> bool:
    return pattern == value


def _equal_ignoring_case(pattern: str, value: str) -> bool:
    return pattern.lower() == value.lower()


OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_equal_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_equal_ignoring_case, True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "ArnEquals": (_like_arn, False),
    "ArnLike": (_like_arn, False),
    "ArnNotEquals": (_like_arn, True),
    "ArnNotLike": (_like_arn, True),
    "Bool": (_equal_ignoring_case, False),
}


def not_modelled(what: str) -> AwsError:
    """Return the error for something of AWS that the sandbox does not know."""
    return AwsError("ServiceNotModelled", f"the sandbox does not model {what}")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
