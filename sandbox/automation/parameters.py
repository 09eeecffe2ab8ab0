"""A runbook's parameters: their declaration, and the values that an execution is started with.

https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.gateway import AwsError, not_modelled

PROPERTIES = {"type", "description", "default", "displayType", "allowedValues", "allowedPattern"}
NOT_MODELLED = {"minItems", "maxItems", "minChars", "maxChars"}
PARAMETER_TYPES = ("String", "StringList")
# The types of a step's outputs.
TYPES: dict[str, Callable[[Any], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Integer": lambda value: type(value) is int,
    "Boolean": lambda value: isinstance(value, bool),
    "StringMap": lambda value: isinstance(value, dict),
    "StringList": lambda value: isinstance(value, list) and all(isinstance(entry, str) for entry in value),
    "MapList": lambda value: isinstance(value, list) and all(isinstance(entry, dict) for entry in value),
}


def check_declaration(name: str, declaration: Any) -> None:
    """Check a parameter of a document.

    Raises:
        AwsError: `InvalidDocumentContent`, or a property that is not modelled.
    """
    problem = None
    if not re.fullmatch(r"[a-zA-Z0-9_]{1,50}", name):
        problem = "a name has 1 to 50 of the characters a-z, A-Z, 0-9, _"
    elif declaration.get("type") not in PARAMETER_TYPES:
        raise not_modelled(f"the type {declaration.get('type')} of the parameter {name}")
    elif not _is_pattern(declaration.get("allowedPattern", "")):
        problem = "allowedPattern is no regular expression"
    elif "default" in declaration:
        problem = _problem(declaration, declaration["default"])
    for key in declaration:
        if key in NOT_MODELLED:
            raise not_modelled(f"{key} of the parameter {name}")
        if key not in PROPERTIES:
            problem = f"unknown property {key!r}"
    if problem:
        raise AwsError("InvalidDocumentContent", f"parameter {name}: {problem}")


def values(declarations: dict[str, Any], given: dict[str, list[str]]) -> dict[str, Any]:
    """The typed value of each declared parameter.

    Raises:
        AwsError: an unknown or missing parameter, or a value that its declaration forbids.
    """
    problems = [f"the document has no parameter {name}" for name in given if name not in declarations]
    result = {}
    for name, declaration in declarations.items():
        if name in given:
            texts = given[name]
            is_list = declaration["type"] == "StringList" or len(texts) > 1
            result[name] = texts if is_list else texts[0]
            if problem := _problem(declaration, result[name]):
                problems.append(f"parameter {name}: {problem}")
        elif "default" in declaration:
            result[name] = declaration["default"]
        else:
            problems.append(f"the required parameter {name} is missing")
    if problems:
        raise AwsError("InvalidAutomationExecutionParametersException", "; ".join(problems))
    return result


def _problem(declaration: dict[str, Any], value: Any) -> str | None:
    """Why the parameter may not have the value."""
    if not TYPES[declaration["type"]](value):
        return f"{value!r} is no {declaration['type']}"
    texts = value if isinstance(value, list) else [value]
    allowed, pattern = declaration.get("allowedValues"), declaration.get("allowedPattern")
    if allowed and not set(texts) <= set(allowed):
        return f"{value!r} is none of the allowed values {allowed}"
    if pattern and not all(re.fullmatch(pattern, text) for text in texts):
        return f"{value!r} does not match the allowed pattern {pattern}"
    return None


def _is_pattern(pattern: Any) -> bool:
    try:
        re.compile(pattern)
    except (TypeError, re.error):
        return False
    return True
