"""What the policies of roles and of VPC endpoints let through, as far as that is certain."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from ssm_agent_monitor.responder.reading import UnsureError

NO, MAYBE, YES = range(3)
"""Whether a statement applies: of several conditions the least counts, of several statements the most."""

UNDERSTOOD = {"Sid", "Effect", "Principal", "Action", "NotAction"}
"""Elements of a trust policy's statement. What depends on others, such as a condition, is not certain."""

Statement = Mapping[str, Any]
T = TypeVar("T")


def lets_assume(policy: str, services: Sequence[str]) -> int:
    """Whether a role's trust policy, in JSON, lets a service assume the role: `services` are its names."""
    try:
        return _allowed(
            policy,
            lambda statement: min(
                _matches(statement, "Action", "sts:assumerole"),
                _is_for_service(statement, services),
                YES if statement.keys() <= UNDERSTOOD else MAYBE,
            ),
        )
    except (AttributeError, KeyError, TypeError, ValueError):  # it is not understood
        return MAYBE


def action_denied(policy: str, actions: list[str], resource: str, account_id: str) -> str:
    """The first of the actions that an endpoint's policy, in JSON, doesn't allow; empty: it allows all.

    The agent calls them for a resource, an ARN or `*`, with a role of the account whose ARN isn't known here.
    Without a policy there is the default one, which allows everything. Raises UnsureError if it depends on a
    condition, on who asks, or on what isn't understood.
    """
    if not policy:
        return ""

    def allowed(action: str) -> int:
        return _allowed(
            policy,
            lambda statement: min(
                _matches(statement, "Action", action.lower()),
                _matches(statement, "Resource", resource),
                _is_for_account(statement, account_id),
                MAYBE if statement.get("Condition") else YES,
            ),
        )

    try:
        by_action = {action: allowed(action) for action in actions}
    except (KeyError, TypeError, ValueError):
        raise UnsureError("its policy is not understood") from None
    if denied := [action for action in actions if by_action[action] == NO]:
        return denied[0]
    if unsure := [action for action in actions if by_action[action] == MAYBE]:
        raise UnsureError(f"its policy allows {unsure[-1]} in some cases only")
    return ""


def _allowed(policy: str, applies: Callable[[Statement], int]) -> int:
    found = {"Allow": [NO], "Deny": [NO]}
    for statement in _listed(json.loads(policy)["Statement"]):
        found[statement["Effect"]].append(applies(statement))
    return min(max(found["Allow"]), YES - max(found["Deny"]))


def _matches(statement: Statement, key: str, wanted: str) -> int:
    patterns = _listed(statement.get(key, statement.get(f"Not{key}", "[")))
    if key == "Action":
        patterns = [each.lower() for each in patterns]
    if any(re.search(r"\$\{|\[", each) for each in patterns) or (wanted == "*" and "*" not in patterns):
        return MAYBE
    is_matched = any(fnmatchcase(wanted, each) for each in patterns)
    return YES if is_matched == (key in statement) else NO


def _is_for_account(statement: Statement, account_id: str) -> int:
    principal = statement.get("Principal")
    named = _listed(principal.get("AWS", []) if isinstance(principal, dict) else principal)
    everyone = rf"\*|{account_id}|arn:[a-z-]+:iam::{account_id}:root"
    return YES if any(re.fullmatch(everyone, str(each)) for each in named) else MAYBE


def _is_for_service(statement: Statement, services: Sequence[str]) -> int:
    """A Deny has to be about each of the service's names."""
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return MAYBE
    named = {*_listed(principal.get("Service", []))}
    if named.isdisjoint(services):
        return MAYBE if "*" in [*named, *_listed(principal.get("AWS", []))] else NO
    return YES if statement["Effect"] == "Allow" or named.issuperset(services) else MAYBE


def _listed(value: T | list[T]) -> list[T]:
    return value if isinstance(value, list) else [value]
