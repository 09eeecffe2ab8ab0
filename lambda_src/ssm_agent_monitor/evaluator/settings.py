"""The rule's parameters, which Config passes as texts by name, and what follows from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

MOST_CONCURRENT_CALLS = 50
MOST_GRACE_MINUTES = 1440
PLATFORMS = ("linux", "windows", "macos")

Tags = Mapping[str, tuple[str, ...]]
"""Allowed values by tag key: none means any, `*` in a value stands for any text."""


class InvalidParameterError(ValueError):
    """A rule parameter is unknown or has a value that is not allowed."""


class Report(StrEnum):
    """What a run puts: results that are new or have changed, or all of them."""

    CHANGES = "changes"
    ALL = "all"


class NotificationMode(StrEnum):
    """How people are notified: by one event for a run, or by Config's own for each change."""

    DIGEST = "digest"
    INSTANCE = "instance"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run depends on besides the fleet; the defaults are those of a rule without parameters.

    `platforms` of None are all of them, an empty `silence_tag` is none. With a `notification_mode` of None
    nobody is notified.
    """

    report: Report = Report.CHANGES
    concurrent_calls: int = 10
    grace: timedelta = timedelta(minutes=15)
    include_tags: Tags = field(default_factory=dict)
    exclude_tags: Tags = field(default_factory=dict)
    platforms: frozenset[str] | None = None
    hybrid_nodes: bool = False
    silence_tag: str = ""
    notification_mode: NotificationMode | None = None
    notify_recovery: bool = True

    @property
    def tag_keys(self) -> list[str]:
        """The keys of the tags that have to be read."""
        return sorted({*self.include_tags, *self.exclude_tags, self.silence_tag} - {""})


def parse(rule_parameters: Mapping[str, object]) -> Settings:
    """Read the parameters that docs/operations.md lists.

    Raises:
        InvalidParameterError: it names the parameter, and what is allowed. An unknown one is refused,
            since a typo would otherwise change nothing, silently.
    """
    unknown = sorted(set(rule_parameters) - set(READERS))
    if unknown:
        raise InvalidParameterError(
            f"unknown rule parameters: {', '.join(unknown)}; allowed: {', '.join(sorted(READERS))}"
        )
    values: dict[str, Any] = {}
    for name, text in rule_parameters.items():
        setting, read, allowed = READERS[name]
        if not isinstance(text, str):  # Config sends nothing else
            raise InvalidParameterError(f"{name} is {json.dumps(text)}; allowed: a text, {allowed}")
        try:
            values[setting] = read(text)
        except (ValueError, KeyError, RecursionError):  # RecursionError: JSON of brackets inside brackets
            raise InvalidParameterError(f"{name} is {text!r}; allowed: {allowed}") from None
    return Settings(**values)


def _whole_number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise ValueError
    return int(text)


def _tags(text: str) -> Tags:
    tags = json.loads(text)  # its error is a ValueError
    if not isinstance(tags, dict):
        raise ValueError
    for key, values in tags.items():
        if not key or not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise ValueError
    return {key: tuple(values) for key, values in tags.items()}


def _platforms(text: str) -> frozenset[str]:
    platforms = frozenset(text.split(","))
    if not platforms.issubset(PLATFORMS):
        raise ValueError
    return platforms


def _tag_key(text: str) -> str:
    if not text:
        raise ValueError
    return text


_BOOLEANS = {"true": True, "false": False}
_TAGS_ALLOWED = "a JSON object of lists of texts by tag key"

READERS: Mapping[str, tuple[str, Callable[[str], Any], str]] = {
    "concurrentCalls": (
        "concurrent_calls",
        lambda text: _whole_number(text, 1, MOST_CONCURRENT_CALLS),
        f"a whole number from 1 to {MOST_CONCURRENT_CALLS}",
    ),
    "excludeTags": ("exclude_tags", _tags, _TAGS_ALLOWED),
    "graceMinutes": (
        "grace",
        lambda text: timedelta(minutes=_whole_number(text, 0, MOST_GRACE_MINUTES)),
        f"a whole number from 0 to {MOST_GRACE_MINUTES}",
    ),
    "hybridNodes": ("hybrid_nodes", _BOOLEANS.__getitem__, "true, false"),
    "includeTags": ("include_tags", _tags, _TAGS_ALLOWED),
    "notificationMode": ("notification_mode", NotificationMode, ", ".join(NotificationMode)),
    "notifyRecovery": ("notify_recovery", _BOOLEANS.__getitem__, "true, false"),
    "platforms": ("platforms", _platforms, f"some of {', '.join(PLATFORMS)}, separated by commas"),
    "report": ("report", Report, ", ".join(Report)),
    "silenceTag": ("silence_tag", _tag_key, "a tag's key"),
}
"""By parameter: the setting, how its text is read (an error: it isn't allowed), and what is allowed."""
