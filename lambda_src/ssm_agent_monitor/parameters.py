"""The rule's parameters, as Config passes them: a JSON object whose values are strings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MOST_CONCURRENT_CALLS = 50


class InvalidParameterError(ValueError):
    """A rule parameter is unknown or has a value that is not allowed."""


class Report(StrEnum):
    """What a run puts: verdicts that are new or have changed, or all of them."""

    CHANGES = "changes"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run depends on besides the fleet; the defaults are those of a rule without parameters."""

    report: Report = Report.CHANGES
    concurrent_calls: int = 8


def parse(rule_parameters: Mapping[str, str]) -> Settings:
    """Read the parameters `report` and `concurrentCalls`.

    Raises:
        InvalidParameterError: it names the parameter, and what is allowed. An unknown one is refused,
            since a typo would otherwise change nothing, silently.
    """
    readers = {"report": _report, "concurrentCalls": _concurrent_calls}
    unknown = sorted(set(rule_parameters) - set(readers))
    if unknown:
        raise InvalidParameterError(
            f"unknown rule parameters: {', '.join(unknown)}; allowed: {', '.join(sorted(readers))}"
        )
    defaults = Settings()
    return Settings(
        report=_report(rule_parameters.get("report", defaults.report)),
        concurrent_calls=_concurrent_calls(
            rule_parameters.get("concurrentCalls", str(defaults.concurrent_calls))
        ),
    )


def _report(text: str) -> Report:
    try:
        return Report(text)
    except ValueError:
        raise InvalidParameterError(f"report is {text!r}; allowed: changes, all") from None


def _concurrent_calls(text: str) -> int:
    if not str(text).isdecimal() or not 1 <= int(text) <= MOST_CONCURRENT_CALLS:
        raise InvalidParameterError(
            f"concurrentCalls is {text!r}; allowed: a whole number from 1 to {MOST_CONCURRENT_CALLS}"
        )
    return int(text)
