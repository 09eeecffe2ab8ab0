"""A runbook's parameters: their declaration, and the values that an execution is started with.

https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

PROPERTY = re.compile(r"type|description|default|displayType|allowed(Values|Pattern)|(min|max)(Items|Chars)")
PYTHON_TYPES: dict[str, type] = {"String": str, "Boolean": bool, "Integer": int, "StringMap": dict}
LIST_TYPES = ("StringList", "MapList")
RESOURCE_TYPE = re.compile(r"AWS(::\w+)+")
RESOURCE_LIST_TYPE = re.compile(r"List<AWS(::\w+)+>")


class ParameterError(ValueError):
    """A declaration, or a value, that is not right; the text names the parameter."""


def check_declaration(name: str, declaration: Any) -> None:
    """Check a parameter of a document.

    Raises:
        ParameterError: says what is wrong.
    """
    if not re.fullmatch(r"[a-zA-Z0-9_]{1,50}", name):
        raise ParameterError(f"parameter {name!r}: a name has 1 to 50 of the characters a-z, A-Z, 0-9, _")
    if not isinstance(declaration, dict):
        raise ParameterError(f"parameter {name}: must be a map")
    for key in declaration:
        if not PROPERTY.fullmatch(key):
            raise ParameterError(f"parameter {name}: unknown property {key!r}")
    if _python_type(declaration.get("type")) is None:
        raise ParameterError(f"parameter {name}: unknown type {declaration.get('type')!r}")
    pattern = declaration.get("allowedPattern", "")
    try:
        re.compile(pattern)
    except (re.error, TypeError):
        raise ParameterError(f"parameter {name}: allowedPattern {pattern!r} is no pattern") from None
    if "default" in declaration:
        _check_value(name, declaration, declaration["default"])


def values(declarations: dict[str, Any], given: dict[str, list[str]]) -> dict[str, Any]:
    """The typed value of each declared parameter that has one.

    Raises:
        ParameterError: an unknown or missing parameter, or a value that its declaration forbids.
    """
    for name in given:
        if name not in declarations:
            raise ParameterError(f"the document has no parameter {name}")
    result = {}
    for name, declaration in declarations.items():
        if name in given:
            result[name] = _typed(name, declaration["type"], given[name])
            _check_value(name, declaration, result[name])
        elif "default" in declaration:
            result[name] = declaration["default"]
        else:
            raise ParameterError(f"the required parameter {name} is missing")
    return result


def _python_type(name: Any) -> type | None:
    if not isinstance(name, str):
        return None
    if RESOURCE_TYPE.fullmatch(name):
        return str
    return list if name in LIST_TYPES or RESOURCE_LIST_TYPE.fullmatch(name) else PYTHON_TYPES.get(name)


def _typed(name: str, type_name: str, given: list[str]) -> Any:
    """A value of the API, which is always a list of texts, as its declared type."""
    wanted = _python_type(type_name)
    if wanted is list and type_name != "MapList":
        return given
    try:
        if type_name == "MapList":
            return [json.loads(entry) for entry in given]
        [single] = given
        return single if wanted is str else json.loads(single)
    except ValueError:  # not one value, or not JSON
        raise ParameterError(f"parameter {name}: {given} is no {type_name}") from None


def _check_value(name: str, declaration: dict[str, Any], value: Any) -> None:
    wanted = _python_type(declaration["type"])
    entries = value if isinstance(value, list) else [value]
    inner = {"MapList": dict}.get(declaration["type"], str) if wanted is list else wanted
    if wanted is None or type(value) is not wanted or any(type(entry) is not inner for entry in entries):
        raise ParameterError(f"parameter {name}: {value!r} is no {declaration['type']}")
    for problem in _violations(declaration, value, entries):
        raise ParameterError(f"parameter {name}: {value!r} {problem}")


def _violations(declaration: dict[str, Any], value: Any, entries: list[Any]) -> Iterator[str]:
    allowed = declaration.get("allowedValues")
    pattern = declaration.get("allowedPattern")
    for entry in entries:
        if allowed is not None and entry not in allowed:
            yield f"is none of the allowed values {allowed}"
        if pattern is not None and not re.search(pattern, str(entry)):
            yield f"does not match the allowed pattern {pattern}"
        if isinstance(entry, str) and not _within(declaration, "Chars", len(entry)):
            yield "has too few or too many characters"
    if isinstance(value, list) and not _within(declaration, "Items", len(value)):
        yield "has too few or too many items"


def _within(declaration: dict[str, Any], what: str, size: int) -> bool:
    lowest, highest = declaration.get(f"min{what}", 0), declaration.get(f"max{what}", size)
    return bool(lowest <= size <= highest)
