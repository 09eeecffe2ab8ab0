"""EventBridge's event patterns: compiled once, and checked whole, since a filter may sit anywhere."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

Matcher = Callable[[dict[str, Any]], bool]
Filter = Callable[[Any], bool]
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
MISSING = object()


class InvalidPatternError(ValueError):
    """A pattern that is malformed, or has a filter that is not modelled."""


def compile_pattern(text: str) -> Matcher:
    """Return the function that tells whether an event matches the pattern.

    Raises `InvalidPatternError` naming what it does not know.
    """
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise InvalidPatternError(f"not valid JSON: {error}") from error
    return _compile(pattern)


def _compile(pattern: Any) -> Matcher:
    if not isinstance(pattern, dict) or not pattern:
        raise InvalidPatternError("a pattern must be an object that is not empty")
    fields = [_compile_field(name, condition) for name, condition in pattern.items()]
    return lambda node: all(field(node) for field in fields)


def _compile_field(name: str, condition: Any) -> Matcher:
    if name == "$or":
        alternatives = [_compile(alternative) for alternative in condition]
        return lambda node: any(alternative(node) for alternative in alternatives)
    if isinstance(condition, dict):
        nested = _compile(condition)
        return lambda node: any(nested(child) for child in _objects(node.get(name)))
    if not isinstance(condition, list) or not condition:
        raise InvalidPatternError(f'"{name}" must be an object or an array')
    filters = [_compile_filter(item) for item in condition]
    return lambda node: any(check(value) for check in filters for value in _values(node, name))


def _objects(child: Any) -> list[dict[str, Any]]:
    return [item for item in _listed(child) if isinstance(item, dict)] or [{}]


def _values(node: dict[str, Any], name: str) -> Iterable[Any]:
    value = node.get(name, MISSING)
    if isinstance(value, dict):  # a filter of a leaf says nothing of an object
        return [MISSING]
    return value if isinstance(value, list) and value else [value]


def _compile_filter(item: Any) -> Filter:
    if not isinstance(item, dict):
        return lambda value: _same(value, item)
    if len(item) != 1:
        raise InvalidPatternError(f"only one key is allowed in a match expression: {json.dumps(item)}")
    [(name, operand)] = item.items()
    if name == "exists" and isinstance(operand, bool):
        return lambda value: (value is not MISSING) == operand
    if name == "numeric":
        return _numeric(operand)
    if name == "anything-but":
        return _anything_but(operand)
    return _text(name, operand)


def _same(value: Any, wanted: Any) -> bool:
    alike = type(value) is type(wanted) or _are_numbers(value, wanted)  # True is not 1
    return alike and bool(value == wanted)


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _numeric(operand: list[Any]) -> Filter:
    bounds = list(zip(operand[::2], operand[1::2], strict=False))
    known = all(sign in COMPARISONS and _are_numbers(bound) for sign, bound in bounds)
    if len(operand) not in (2, 4) or not known:
        raise InvalidPatternError(f"a numeric match is not valid: {json.dumps(operand)}")
    return lambda value: (
        _are_numbers(value) and all(COMPARISONS[sign](value, bound) for sign, bound in bounds)
    )


def _anything_but(operand: Any) -> Filter:
    if isinstance(operand, dict):
        refused = [_text(name, item) for name, wanted in operand.items() for item in _listed(wanted)]
    else:
        refused = [_compile_filter(item) for item in _listed(operand)]
    return lambda value: value is not MISSING and not any(check(value) for check in refused)


def _text(name: str, operand: Any) -> Filter:
    flags = re.DOTALL
    if name == "equals-ignore-case":
        flags |= re.IGNORECASE
    elif (
        name in ("prefix", "suffix") and isinstance(operand, dict) and list(operand) == ["equals-ignore-case"]
    ):
        flags, operand = flags | re.IGNORECASE, operand["equals-ignore-case"]
    if name not in EXPRESSIONS or not isinstance(operand, str):
        raise InvalidPatternError(f"unrecognized match type {name} (or not modelled): {json.dumps(operand)}")
    expression = re.compile(EXPRESSIONS[name](operand), flags)
    return lambda value: isinstance(value, str) and expression.fullmatch(value) is not None


def _wildcard(operand: str) -> str:
    parts = re.findall(r"\\([*\\])|(\*)|([^*\\]+|\\)", operand)
    return "".join(".*" if star else re.escape(escaped or plain) for escaped, star, plain in parts)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


EXPRESSIONS: dict[str, Callable[[str], str]] = {
    "prefix": lambda text: re.escape(text) + ".*",
    "suffix": lambda text: ".*" + re.escape(text),
    "equals-ignore-case": re.escape,
    "wildcard": _wildcard,
}
