"""What the policy of a VPC endpoint lets through."""

from __future__ import annotations

import json
import re
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import Any

from ssm_agent_monitor.responder.reading import UnsureError

Statement = dict[str, Any]


class _Applies(IntEnum):
    """Whether a statement does; of several conditions the least counts, of several statements the most."""

    NO = 0
    MAYBE = 1
    YES = 2


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
        applying = {"Allow": _Applies.NO, "Deny": _Applies.NO}
        for each in statements:
            effect = each.get("Effect")
            if effect in applying:
                applying[effect] = max(applying[effect], _applies(each, action, resource, account_id))
        if applying["Deny"] is _Applies.YES or applying["Allow"] is _Applies.NO:
            return action
        if applying["Deny"] is _Applies.MAYBE or applying["Allow"] is _Applies.MAYBE:
            unsure = action
    if unsure:
        raise UnsureError(f"its policy allows {unsure} in some cases only")
    return ""


def _applies(statement: Statement, action: str, resource: str, account_id: str) -> _Applies:
    return min(
        _matches(statement, "Action", action.lower()),
        _matches(statement, "Resource", resource),
        _is_meant(statement, account_id),
        _Applies.MAYBE if statement.get("Condition") else _Applies.YES,
    )


def _matches(statement: Statement, key: str, wanted: str) -> _Applies:
    patterns = _listed(statement.get(key, statement.get(f"Not{key}", "[")))
    if key == "Action":
        patterns = [each.lower() for each in patterns]
    if any(re.search(r"\$\{|\[", each) for each in patterns) or (wanted == "*" and "*" not in patterns):
        return _Applies.MAYBE
    is_matched = any(fnmatchcase(wanted, each) for each in patterns)
    return _Applies.YES if is_matched == (key in statement) else _Applies.NO


def _is_meant(statement: Statement, account_id: str) -> _Applies:
    principal = statement.get("Principal")
    named = _listed(principal.get("AWS", []) if isinstance(principal, dict) else principal)
    everyone = rf"\*|{account_id}|arn:[a-z-]+:iam::{account_id}:root"
    is_meant = any(re.fullmatch(everyone, str(each)) for each in named)
    return _Applies.YES if is_meant else _Applies.MAYBE


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
