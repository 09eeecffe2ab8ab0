from datetime import UTC, datetime
from typing import Any

import pytest

from ssm_agent_monitor.evaluator import event
from tests.events import invoking, scheduled


def test_a_scheduled_event_is_read() -> None:
    parsed = event.parse(scheduled(ruleParameters='{"report": "all"}'))
    assert parsed == event.ScheduledEvent(
        account_id="123456789012",
        rule_name="agent-answers",
        result_token="token",
        triggered_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
        rule_parameters={"report": "all"},
    )


@pytest.mark.parametrize("absent", [None, "", "{}"])
def test_a_rule_without_parameters_has_none(absent: str | None) -> None:
    assert event.parse(scheduled(ruleParameters=absent)).rule_parameters == {}


@pytest.mark.parametrize("field", ["invokingEvent", "resultToken", "accountId", "configRuleName"])
@pytest.mark.parametrize("value", [None, "", 7])
def test_a_missing_field_is_named(field: str, value: Any) -> None:
    with pytest.raises(event.InvalidEventError, match=f"{field} (is missing|must be a string)"):
        event.parse(scheduled(**{field: value}))


@pytest.mark.parametrize(
    "message_type",
    [None, "ConfigurationItemChangeNotification", "OversizedConfigurationItemChangeNotification"],
)
def test_only_a_scheduled_notification_is_taken(message_type: str | None) -> None:
    with pytest.raises(
        event.InvalidEventError, match=f"messageType is {message_type!r}.*'ScheduledNotification'"
    ):
        event.parse(scheduled(invokingEvent=invoking(messageType=message_type)))


def test_a_proactive_evaluation_is_refused() -> None:
    with pytest.raises(event.InvalidEventError, match="'PROACTIVE'; this rule supports only 'DETECTIVE'"):
        event.parse(scheduled(evaluationMode="PROACTIVE"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"invokingEvent": "{"}, "invokingEvent is not JSON"),
        ({"invokingEvent": "[]"}, "invokingEvent must hold a JSON object, not list"),
        ({"ruleParameters": "[]"}, "ruleParameters must hold a JSON object, not list"),
        ({"invokingEvent": invoking(notificationCreationTime=None)}, "notificationCreationTime is missing"),
        ({"invokingEvent": invoking(notificationCreationTime="noon")}, "not an ISO 8601 time: 'noon'"),
        ({"invokingEvent": invoking(notificationCreationTime="2026-03-01T10:00:00")}, "has no time zone"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(event.InvalidEventError, match=message):
        event.parse(scheduled(**changes))


@pytest.mark.parametrize("not_an_event", [None, "text", []])
def test_what_is_not_an_object_is_refused(not_an_event: Any) -> None:
    with pytest.raises(event.InvalidEventError, match="must be a JSON object from AWS Config"):
        event.parse(not_an_event)
