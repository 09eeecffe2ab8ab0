"""EventBridge's event patterns: moto matches them; what it might match wrongly is refused here."""

from __future__ import annotations

import json
from typing import Any

from sandbox.gateway import AwsError, not_modelled


def check_pattern(text: str) -> None:
    """Raise `AwsError` for a pattern that is malformed, or asks for anything but texts."""
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
        elif name == "$or" or not all(isinstance(each, str) for each in condition):
            raise not_modelled(f"{json.dumps({name: condition})} of an event pattern, only texts")


def _invalid(reason: str) -> AwsError:
    return AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")
