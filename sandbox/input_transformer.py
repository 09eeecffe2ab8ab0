"""What EventBridge sends to a target: the event, a part of it, a constant, or a filled template."""

from __future__ import annotations

import json
import re
from typing import Any

PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")
PATH = re.compile(r"\$(?:\.[A-Za-z0-9_-]+|\[\d+\])*")
MISSING = object()


class UnknownPlaceholderError(ValueError):
    """A template's placeholder, or a path, that is not modelled or not declared."""


def target_input(target: dict[str, Any], event: dict[str, Any], rule_name: str, rule_arn: str) -> str:
    """Return the text that a target gets.

    A path that the event does not have leaves nothing in its place, and what is inside quotes is
    not escaped (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html),
    so that the text need not be JSON.
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        value = look_up(target["InputPath"], event)
        return "" if value is MISSING else json.dumps(value)
    if "InputTransformer" not in target:
        return json.dumps(event)
    transformer = target["InputTransformer"]
    values = {name: look_up(path, event) for name, path in transformer.get("InputPathsMap", {}).items()}
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_name,
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
        "aws.events.event.json": event,
    }
    return fill(transformer["InputTemplate"], values)


def fill(template: str, values: dict[str, Any]) -> str:
    """Return the template with its placeholders replaced; those outside quotes become JSON."""

    def replace(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise UnknownPlaceholderError(f"the template's <{match[1]}> is not in the input paths")
        value = values[match[1]]
        if value is MISSING:
            return ""
        return value if quoted(match.start()) and isinstance(value, str) else json.dumps(value)

    def quoted(position: int) -> bool:
        return len(re.findall(r'(?<!\\)"', template[:position])) % 2 == 1

    return PLACEHOLDER.sub(replace, template)


def look_up(path: str, event: dict[str, Any]) -> Any:
    """Return what the path names (dots and list indexes), or `MISSING`."""
    if not PATH.fullmatch(path):
        raise UnknownPlaceholderError(f"the path {path} is not modelled: use dots and list indexes")
    value: Any = event
    for name, index in re.findall(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]", path):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return value
