"""Check `trust`: whether a role's trust policy lets a service assume the role."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from ssm_agent_monitor.responder.reading import Unreadable

UNDERSTOOD = {"Sid", "Effect", "Principal", "Action", "NotAction"}
"""Elements of a statement. What depends on others, such as a condition, is not certain."""


def check_trust(role: Any, name: str, services: list[str]) -> Any:
    """From a role, as GetRole has it: `{}` if it is gone. `services` are the names of the service."""
    if isinstance(role, Unreadable):
        return role
    command = f"iam get-role --role-name {name}"
    if not role:
        return [(f"role {name} was deleted", "Create it anew, or use another; this shows it:", command, name)]
    lets = lets_assume(role.get("AssumeRolePolicyDocument"), services)
    if lets is None:
        return Unreadable(f"the trust policy of role {name} has conditions, or more that is not understood")
    if lets:
        return f"role {name} lets {services[0]} assume it"
    do = f"Read its trust policy, and let {services[0]} call sts:AssumeRole in it:"
    found = f"role {name} does not let {services[0]} assume it"
    return [(found, do, f"{command} --query Role.AssumeRolePolicyDocument", name)]


def lets_assume(document: Any, services: list[str]) -> bool | None:
    """Whether a policy, as a dictionary or text (URL-encoded or not), allows it; None: not certain."""
    try:
        if isinstance(document, str):
            document = json.loads(document if document.lstrip().startswith("{") else unquote(document))
        statements = _listed(document["Statement"])
        effects: dict[str, list[bool | None]] = {"Allow": [], "Deny": []}
        for each in statements:
            effects[each["Effect"]].append(_concerns(each, services))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    allows, denies = effects["Allow"], effects["Deny"]
    if True in denies or not {True, None} & set(allows):
        return False
    return None if None in denies or True not in allows else True


def _concerns(statement: dict[str, Any], services: list[str]) -> bool | None:
    meant, matched = _names(statement, services), _has_action(statement)
    if meant is False or matched is False:
        return False
    return None if meant is None or set(statement) - UNDERSTOOD else True


def _names(statement: dict[str, Any], services: list[str]) -> bool | None:
    """Whether the statement is about the services; a Deny has to be about each of them."""
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return None
    named = set(_listed(principal.get("Service", [])))
    if named & set(services):
        return True if statement["Effect"] == "Allow" or named >= set(services) else None
    return None if "*" in named or "*" in _listed(principal.get("AWS", [])) else False


def _has_action(statement: dict[str, Any]) -> bool:
    patterns = _listed(statement["Action" if "Action" in statement else "NotAction"])
    return any(_is_like(each, "sts:assumerole") for each in patterns) == ("Action" in statement)


def _is_like(pattern: str, action: str) -> bool:
    wild = re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    return bool(re.fullmatch(wild, action))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
