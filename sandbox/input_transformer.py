"""What EventBridge sends to a target: a template, filled with parts of the event."""

from __future__ import annotations

import json
import re
from typing import Any

from sandbox.gateway import not_modelled

PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")
PATH = re.compile(r"\$(\.[A-Za-z0-9_-]+)+")
MISSING = object()


def check_transformer(transformer: dict[str, Any]) -> None:
    """Raise `AwsError`, which names it, for a path or a placeholder that is not declared or modelled."""
    paths = transformer.get("InputPathsMap", {})
    unknown = {f"<{name}>" for name in PLACEHOLDER.findall(transformer["InputTemplate"]) if name not in paths}
    unknown |= {path for path in paths.values() if not PATH.fullmatch(path)}
    if unknown:
        reason = "neither paths in dot notation nor placeholders of one"
        raise not_modelled(f"{sorted(unknown)}: {reason}")


def fill(transformer: dict[str, Any], event: dict[str, Any]) -> str:
    """Return the template with its placeholders replaced; those outside quotes become JSON.

    A path that the event does not have leaves nothing in its place, and what is inside quotes is
    not escaped (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html),
    so that the text need not be JSON.
    """
    template = transformer["InputTemplate"]

    def replace(match: re.Match[str]) -> str:
        value = _look_up(transformer["InputPathsMap"][match[1]], event)
        if value is MISSING:
            return ""
        is_quoted = len(re.findall(r'(?<!\\)"', template[: match.start()])) % 2 == 1
        return value if is_quoted and isinstance(value, str) else json.dumps(value)

    return PLACEHOLDER.sub(replace, template)


def _look_up(path: str, event: dict[str, Any]) -> Any:
    value: Any = event
    for name in path.split(".")[1:]:
        value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
    return value
