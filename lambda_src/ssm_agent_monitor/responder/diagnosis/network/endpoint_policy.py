"""What the policy of a VPC endpoint lets through."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import Any

from ssm_agent_monitor.responder.reading import UnsureError

Statement = dict[str, Any]


NO, MAYBE, YES = range(3)
"""Whether a statement applies: of several conditions the least counts, of several statements the most."""


def action_denied(policy: str, actions: list[str], resource: str, account_id: str) -> str:
    """The first of the actions that a policy doesn't allow; empty: it allows all.

    Args:
        policy: the document, in JSON; empty: the default one, which allows everything.
        actions: what the agent calls.
        resource: the ARN for which it does so, or `*`.
        account_id: of the machine's role, whose ARN isn't known here.

    Raises:
        UnsureError: it depends on a condition, on who asks, or on what isn't understood.
    """
    if not policy:
        return ""
    try:
        statements: list[Statement] = _listed(json.loads(policy)["Statement"])
    except (ValueError, KeyError, TypeError):
        raise UnsureError("its policy is not understood") from None
    unsure = ""
    for action in actions:
        found = {"Allow": [NO], "Deny": [NO]}
        for each in statements:
            found.get(each.get("Effect", ""), []).append(_applies(each, action, resource, account_id))
        allows, denies = max(found["Allow"]), max(found["Deny"])
        if denies == YES or allows == NO:
            return action
        if MAYBE in (denies, allows):
            unsure = action
    if unsure:
        raise UnsureError(f"its policy allows {unsure} in some cases only")
    return ""


def _applies(statement: Statement, action: str, resource: str, account_id: str) -> int:
    return min(
        _matches(statement, "Action", action.lower()),
        _matches(statement, "Resource", resource),
        _is_meant(statement, account_id),
        MAYBE if statement.get("Condition") else YES,
    )


def _matches(statement: Statement, key: str, wanted: str) -> int:
    patterns = _listed(statement.get(key, statement.get(f"Not{key}", "[")))
    if key == "Action":
        patterns = [each.lower() for each in patterns]
    if any(re.search(r"\$\{|\[", each) for each in patterns) or (wanted == "*" and "*" not in patterns):
        return MAYBE
    is_matched = any(fnmatchcase(wanted, each) for each in patterns)
    return YES if is_matched == (key in statement) else NO


def _is_meant(statement: Statement, account_id: str) -> int:
    principal = statement.get("Principal")
    named = _listed(principal.get("AWS", []) if isinstance(principal, dict) else principal)
    everyone = rf"\*|{account_id}|arn:[a-z-]+:iam::{account_id}:root"
    return YES if any(re.fullmatch(everyone, str(each)) for each in named) else MAYBE


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
