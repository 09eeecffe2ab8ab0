"""The event with which AWS Config invokes a custom Lambda rule.

The fields: https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


class InvalidEventError(ValueError):
    """The event is not a scheduled evaluation by AWS Config, or lacks a field."""


@dataclass(frozen=True, slots=True)
class ScheduledEvent:
    """A scheduled evaluation.

    `triggered_at` is when Config triggered the rule (UTC): the time that every evaluation of this
    run carries as `OrderingTimestamp`, and the only "now" that a result depends on.
    """

    account_id: str
    rule_name: str
    result_token: str
    triggered_at: datetime
    rule_parameters: Mapping[str, object]


def parse(event: object) -> ScheduledEvent:
    """Read Config's event.

    Raises:
        InvalidEventError: it names the field that is missing or wrong, and what is expected.
    """
    if not isinstance(event, Mapping):
        raise InvalidEventError(
            f"the event must be a JSON object from AWS Config, not {type(event).__name__}"
        )
    invoking_event = _json_object(event, "invokingEvent")
    message_type = invoking_event.get("messageType")
    if message_type != "ScheduledNotification":
        raise InvalidEventError(
            f"invokingEvent.messageType is {message_type!r}; this rule evaluates on a schedule, so its "
            "trigger must be 'ScheduledNotification'"
        )
    if event.get("evaluationMode", "DETECTIVE") != "DETECTIVE":
        raise InvalidEventError(
            f"evaluationMode is {event['evaluationMode']!r}; this rule supports only 'DETECTIVE'"
        )
    has_parameters = event.get("ruleParameters")  # Config leaves it out, or sends "", if there are none
    return ScheduledEvent(
        account_id=_text(event, "accountId"),
        rule_name=_text(event, "configRuleName"),
        result_token=_text(event, "resultToken"),
        triggered_at=_time(invoking_event, "notificationCreationTime"),
        rule_parameters=_json_object(event, "ruleParameters") if has_parameters else {},
    )


def _json_object(event: Mapping[str, object], field: str) -> dict[str, object]:
    try:
        value = json.loads(_text(event, field))
    except json.JSONDecodeError as error:
        raise InvalidEventError(f"{field} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidEventError(f"{field} must hold a JSON object, not {type(value).__name__}")
    return value


def _text(event: Mapping[str, object], field: str) -> str:
    value = event.get(field)
    if not isinstance(value, str) or not value:
        problem = "is missing" if value in (None, "") else f"must be a string, not {type(value).__name__}"
        raise InvalidEventError(f"the event's {field} {problem}")
    return value


def _time(event: Mapping[str, object], field: str) -> datetime:
    text = _text(event, field)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidEventError(f"{field} is not an ISO 8601 time: {text!r}") from None
    if time.tzinfo is None:
        raise InvalidEventError(f"{field} has no time zone: {text!r}")
    return time
