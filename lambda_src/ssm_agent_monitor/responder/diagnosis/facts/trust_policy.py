"""What a role's trust policy says, as far as the agent's credentials depend on it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

UNDERSTOOD = {"Sid", "Effect", "Principal", "Action", "NotAction"}
"""Elements of a statement. What depends on others, such as a condition, is not certain."""

ANYBODY = "*"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement about `sts:AssumeRole`.

    `services` are the principals that it names, with `ANYBODY` where it may mean others too.
    """

    is_allow: bool
    services: frozenset[str]
    is_understood: bool


def statements_of(policy: object) -> tuple[Statement, ...] | None:
    """From a policy as a dictionary or text (URL-encoded or not); None: it is not understood."""
    try:
        if isinstance(policy, str):
            policy = json.loads(policy if policy.lstrip().startswith("{") else unquote(policy))
        if not isinstance(policy, dict):
            return None
        statements = [(_statement(each), _is_about_it(each)) for each in _listed(policy["Statement"])]
        return tuple(statement for statement, is_about_it in statements if is_about_it)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _statement(item: Mapping[str, Any]) -> Statement:
    is_allow = {"Allow": True, "Deny": False}[item["Effect"]]
    services, principal = {ANYBODY}, item.get("Principal")
    if isinstance(principal, dict):
        services = {*_listed(principal.get("Service", [])), *({ANYBODY} & {*_listed(principal.get("AWS"))})}
    return Statement(is_allow, frozenset(services), set(item) <= UNDERSTOOD)


def _is_about_it(item: Mapping[str, Any]) -> bool:
    element = "Action" if "Action" in item else "NotAction"
    is_named = any(_is_like(each, "sts:assumerole") for each in _listed(item[element]))
    return is_named == (element == "Action")


def _is_like(pattern: str, action: str) -> bool:
    wild = re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(wild, action) is not None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
