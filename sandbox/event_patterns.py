"""EventBridge's event patterns: moto matches them; what it would match wrongly is refused here."""

from __future__ import annotations

import json
from typing import Any

from sandbox.gateway import AwsError, not_modelled

FILTERS = {"anything-but": str, "exists": bool, "prefix": str, "suffix": str}


def check_pattern(text: str) -> None:
    """Raise `AwsError` for a pattern that is malformed, or has a filter that is not modelled."""
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise _invalid(f"not valid JSON: {error}") from None
    if not pattern or not isinstance(pattern, dict):
        raise _invalid("a pattern must be an object that is not empty")
    _check_fields(pattern)


def _check_fields(pattern: dict[str, Any]) -> None:
    for name, condition in pattern.items():
        if isinstance(condition, dict):
            _check_fields(condition)
        elif not isinstance(condition, list) or not condition:
            raise _invalid(f'"{name}" must be an object or an array')
        elif name == "$or" or not all(_is_modelled(each) for each in condition):
            what = f"{json.dumps({name: condition})} of an event pattern"
            raise not_modelled(f"{what}, only texts and {list(FILTERS)}")


def _is_modelled(wanted: Any) -> bool:
    """Tell whether moto matches it as AWS does; it takes True for 1, and a filter it doesn't know for met."""
    if not isinstance(wanted, dict):
        return wanted is None or isinstance(wanted, str)
    if len(wanted) != 1:
        return False
    [(name, operand)] = wanted.items()
    operands = operand if name == "anything-but" and isinstance(operand, list) else [operand]
    return name in FILTERS and all(isinstance(each, FILTERS[name]) for each in operands)


def _invalid(reason: str) -> AwsError:
    return AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")
