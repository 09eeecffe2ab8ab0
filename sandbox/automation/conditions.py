"""The choices of `aws:branch`.

https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-branch-condition.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "StringEquals": operator.eq,
    "EqualsIgnoreCase": lambda value, expected: bool(value.lower() == expected.lower()),
    "StartsWith": lambda value, expected: bool(value.startswith(expected)),
    "EndsWith": lambda value, expected: bool(value.endswith(expected)),
    "Contains": lambda value, expected: expected in value,
    "NumericEquals": operator.eq,
    "NumericGreater": operator.gt,
    "NumericLesser": operator.lt,
    "NumericGreaterOrEquals": operator.ge,
    "NumericLesserOrEquals": operator.le,
    "BooleanEquals": operator.is_,
}


def holds(condition: dict[str, Any]) -> bool:
    """Whether a condition holds; its references have been replaced by their values.

    Raises:
        TypeError: the operator doesn't go with the value.
    """
    if "Not" in condition:
        return not holds(condition["Not"])
    if "And" in condition:
        return all(holds(inner) for inner in condition["And"])
    if "Or" in condition:
        return any(holds(inner) for inner in condition["Or"])
    [name] = condition.keys() & OPERATORS.keys()
    value, expected = condition["Variable"], condition[name]
    if name.startswith("Numeric"):
        value, expected = _number(value), _number(expected)
    elif name == "BooleanEquals":
        value, expected = _boolean(value), _boolean(expected)
    elif not isinstance(value, str) and name != "Contains":
        raise TypeError(f"{name} compares texts, not {value!r}")
    return OPERATORS[name](value, expected)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{value!r} is no number") from None


def _boolean(value: Any) -> bool:
    if value in (True, False, "true", "false"):
        return value in (True, "true")
    raise TypeError(f"{value!r} is no Boolean")
