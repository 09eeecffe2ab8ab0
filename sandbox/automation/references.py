"""References in a runbook, `{{ Parameter }}` and `{{ Step.Output }}`, and what takes their place.

https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-variables.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

REFERENCE = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
# The variables that Automation provides, made of the attributes of an `Execution`.
SYSTEM_VARIABLES = {
    "global:ACCOUNT_ID": "{account}",
    "global:AWS_PARTITION": "{partition}",
    "global:DATE": "{started:%Y-%m-%d}",
    "global:DATE_TIME": "{started:%Y-%m-%d_%H.%M.%S}",
    "global:REGION": "{region}",
    "automation:EXECUTION_ID": "{id}",
}


class UnresolvedReferenceError(Exception):
    """A reference that has no value: its step failed, was left out, or gave no such output."""


def names(value: Any) -> Iterator[str]:
    """What a value refers to, wherever in it."""
    if isinstance(value, str):
        yield from REFERENCE.findall(value)
    elif isinstance(value, dict):
        yield from names([*value, *value.values()])
    elif isinstance(value, list):
        for inner in value:
            yield from names(inner)


def resolve(value: Any, values: Mapping[str, Any], *, is_lenient: bool = False) -> Any:
    """The value with its references replaced.

    A text that is nothing but a reference becomes the value itself, of whatever type; elsewhere
    in a text it is written out. With `is_lenient` a reference without a value stays as it is.

    Raises:
        UnresolvedReferenceError: names the reference.
    """

    def again(inner: Any) -> Any:
        return resolve(inner, values, is_lenient=is_lenient)

    def found(reference: re.Match[str]) -> Any:
        if is_lenient and values.get(reference[1]) is None:
            return reference[0]
        return _value(reference[1], values)

    if isinstance(value, dict):
        return {again(key): again(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [again(inner) for inner in value]
    if not isinstance(value, str):
        return value
    whole = REFERENCE.fullmatch(value.strip())
    if whole and "{{" not in whole[1]:
        return found(whole)
    return REFERENCE.sub(lambda reference: text(found(reference)), value)


def text(value: Any) -> str:
    """A value as it appears within a text and in the answers of the API: lists and maps are JSON."""
    return value if isinstance(value, str) else json.dumps(value, default=_timestamp, separators=(",", ":"))


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if values.get(name) is None:
        raise UnresolvedReferenceError(f"Failed to resolve input: {name}. {name} has no value")
    return values[name]


def _timestamp(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
