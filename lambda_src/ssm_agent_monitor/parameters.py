"""The rule's parameters, as Config passes them: a JSON object whose values are strings."""

from __future__ import annotations

from collections.abc import Mapping

KNOWN: frozenset[str] = frozenset()
"""The names of the rule parameters, camelCase as in Config's managed rules; none so far."""


class InvalidParameterError(ValueError):
    """A rule parameter is unknown or has a value that is not allowed."""


def check(rule_parameters: Mapping[str, str]) -> None:
    """Refuse parameters that this rule doesn't have, since a typo would otherwise change nothing, silently.

    Raises:
        InvalidParameterError: it names the parameters, and those that are allowed.
    """
    unknown = sorted(set(rule_parameters) - KNOWN)
    if unknown:
        allowed = ", ".join(sorted(KNOWN)) or "none"
        raise InvalidParameterError(f"unknown rule parameters: {', '.join(unknown)}; allowed: {allowed}")
