"""The reminder's script: what it reads, whom it leaves out, and when it sends nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import remind
from jsonschema import Draft202012Validator
from reminder_facts import reminder_facts
from reminder_message import reminder_subject, reminder_text

from tests.unit.conftest import Answer
from tests.unit.golden_messages import DUE, EVENT, ILL, SCHEMA, WEB, WELL, line, machine_of, still_lost
from tests.unit.test_runbook_scripts import DENIED, EVENTS, ID, NODE, STATUS, Sent, agents, instance

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC).timestamp()
HOUR = 3600.0
REMINDER: dict[str, Any] = EVENTS | DUE | {"SilenceTag": "silenced-until", "TagKeys": ["Owner"]}
ACTIVATED = {"ConfigRuleName": "agents", "FirstActivatedTime": NOW - 1000 * HOUR}
FRESH = {"LastSuccessfulEvaluationTime": NOW - HOUR}
AGENTS = agents(*({"InstanceId": each, "PingStatus": "ConnectionLost"} for each in (ID, NODE)))


def results(*found: tuple[str, str], more: str = "") -> tuple[int, str]:
    """A page of results, of ids and annotations."""
    page = [
        {
            "EvaluationResultIdentifier": {"EvaluationResultQualifier": {"ResourceId": machine_id}},
            "ComplianceType": "NON_COMPLIANT",
            "ResultRecordedTime": NOW - 24 * HOUR,
            "Annotation": annotation,
        }
        for machine_id, annotation in found
    ]
    return 200, json.dumps({"EvaluationResults": page, **({"NextToken": more} if more else {})})


def status(**times: Any) -> tuple[int, str]:
    return 200, json.dumps({"ConfigRulesEvaluationStatus": [ACTIVATED | times]})


def waiting(count: int, in_flight: int = 0) -> tuple[int, str]:
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    return 200, json.dumps({"Attributes": dict(zip(names, (str(count), str(in_flight)), strict=True))})


NODE_IS_LOST = results((NODE, "Ping status ConnectionLost; last ping 2026-02-26T08:00:00Z [connection-lost]"))
INSTANCE_IS_LOST = results((ID, "Never registered [never-registered]"))


@pytest.fixture
def remind_of(
    answer_calls: Callable[[Answer], None], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[dict[str, str], str]]:
    """A function that sends a reminder, and returns the step's outputs and what was sent, if anything was."""

    def run(**answers: list[tuple[int, str]]) -> tuple[dict[str, str], str]:
        texts: list[str] = []

        def keep(_topic: str, subject: str, bodies: str, **more: Any) -> None:
            facts = json.loads(json.loads(bodies)["default"])
            Draft202012Validator(SCHEMA).validate(facts)
            assert more["MessageAttributes"]["kind"]["StringValue"] == facts["kind"] == "reminder"
            texts.append(f"{subject}\n{json.loads(bodies)['email']}")

        monkeypatch.setattr(remind, "send", keep)
        answer_calls(Sent(**{"ssm": [AGENTS], "sqs": [waiting(0)], **answers}))
        outputs = remind.handler(REMINDER, None)
        return outputs, "".join(texts)

    return run


Remind = Callable[..., tuple[dict[str, str], str]]


def test_what_is_open_is_told_the_longest_outage_first(remind_of: Remind) -> None:
    older = "Ping status ConnectionLost; last ping 2026-02-26T08:00:00Z [connection-lost]"
    newer = "Ping status ConnectionLost; last ping 2026-02-28T08:00:00Z [connection-lost]"
    pages = [results((ID, newer), more="next"), results((NODE, older)), status(**FRESH)]
    outputs, text = remind_of(config=pages)
    assert outputs == {"Result": "message sent: 2 still lost, monitor well", "Problem": "none"}
    assert text.index(NODE) < text.index(ID)
    assert "for about 3 days 2 hours" in text


def test_nothing_open_is_no_message(remind_of: Remind) -> None:
    outputs, text = remind_of(config=[results(), status(**FRESH)])
    assert (outputs, text) == ({"Result": "no message: nothing is open", "Problem": "none"}, "")


def tagged(until: str) -> tuple[int, str]:
    return 200, instance("running").replace(
        "<key>Name</key><value>web-01", f"<key>silenced-until</key><value>{until}"
    )


@pytest.mark.parametrize(
    ("until", "is_left_out"),
    [
        ("2026-03-01T10:00:01Z", True),
        ("2026-03-02", True),
        (" 2026-03-01T12:00:01+02:00", True),
        ("2026-03-01T10:00:00Z", False),
        ("2026-03-01T11:59:59+02:00", False),
        ("tomorrow", False),
    ],
)
def test_a_silence_counts_that_began_after_the_last_run(
    remind_of: Remind, until: str, is_left_out: bool
) -> None:
    outputs, text = remind_of(config=[INSTANCE_IS_LOST, status(**FRESH)], ec2=[tagged(until), (200, STATUS)])
    assert bool(text) is not is_left_out
    assert ("silenced until 2026-03-0" in outputs["Result"]) is is_left_out
    assert "silenced-until =" not in text


@pytest.mark.parametrize(
    ("state", "ping_status", "why"),
    [
        ("running", "Online", "its SSM Agent answers again"),
        ("stopped", "ConnectionLost", "it is stopped"),
    ],
)
def test_of_a_machine_that_is_lost_no_more_nobody_is_reminded(
    remind_of: Remind, state: str, ping_status: str, why: str
) -> None:
    outputs, text = remind_of(
        config=[INSTANCE_IS_LOST, status(**FRESH)],
        ec2=[(200, instance(state))],
        ssm=[agents({"InstanceId": ID, "PingStatus": ping_status})],
    )
    assert (outputs["Result"], text) == (f"no message: nothing is open; left out: 1 ({ID}: {why})", "")


def test_of_more_than_a_thousand_machines_the_rest_counts_as_config_says(remind_of: Remind) -> None:
    nodes = [f"mi-{number:017}" for number in range(1020)]
    found = results(*((node, "Ping status ConnectionLost [connection-lost]") for node in nodes))
    sent = remind_of(config=[found, status(**FRESH)], ssm=[agents()])
    assert sent[0]["Result"].startswith("message sent: 20 still lost, monitor well; left out: 1000 (")


@pytest.mark.parametrize(
    ("times", "problem"),
    [
        ({"LastSuccessfulEvaluationTime": NOW - 2 * HOUR}, ""),
        ({"LastSuccessfulEvaluationTime": NOW - 2 * HOUR - 60}, "no evaluation for 2 hours 1 minute"),
        ({"FirstActivatedTime": NOW - HOUR}, ""),
        ({"FirstActivatedTime": NOW - 3 * HOUR}, "never evaluated"),
    ],
)
def test_a_rule_without_a_success_in_two_intervals_is_told(
    remind_of: Remind, times: dict[str, float], problem: str
) -> None:
    _, text = remind_of(config=[results(), status(**times)])
    assert problem in text
    assert bool(text) == bool(problem)


@pytest.mark.parametrize(("failed", "is_told"), [(NOW - 4 * HOUR, True), (NOW - 6 * HOUR, False)])
def test_an_error_is_told_unless_a_success_came_after_it(
    remind_of: Remind, failed: float, is_told: bool
) -> None:
    times = {"LastSuccessfulEvaluationTime": NOW - 5 * HOUR, "LastFailedInvocationTime": failed}
    error = {"LastErrorCode": "ClientError", "LastErrorMessage": "not allowed"}
    _, text = remind_of(config=[results(), status(**times, **error)])
    assert ("ClientError: not allowed" in text) is is_told
    assert ("names no error" in text) is not is_told


def test_events_in_the_dead_letter_queue_are_told(remind_of: Remind) -> None:
    outputs, text = remind_of(config=[results(), status(**FRESH)], sqs=[waiting(2, 1)])
    assert outputs["Result"] == "message sent: 0 still lost, monitor ill"
    assert "3 undelivered events" in text


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({"config": [DENIED]}, "the results of the Config rule could not be read"),
        ({"config": [results(), DENIED]}, "when the Config rule was evaluated could not be read"),
        (
            {"config": [results(), status(**FRESH)], "sqs": [DENIED]},
            "the dead-letter queue could not be read",
        ),
        ({"config": [NODE_IS_LOST, status(**FRESH)], "ssm": [DENIED]}, "could not be looked up"),
    ],
)
def test_what_could_not_be_read_is_told_and_fails_the_execution(
    remind_of: Remind, answers: dict[str, Any], problem: str
) -> None:
    outputs, text = remind_of(**answers)
    assert problem in text
    assert problem in outputs["Problem"]
    assert not set("{}") & set("".join(outputs.values()))


def test_machines_of_pages_that_were_read_are_told_though_one_page_was_not(remind_of: Remind) -> None:
    first = NODE_IS_LOST[1].replace("}]}", '}], "NextToken": "next"}')
    _, text = remind_of(config=[(200, first), DENIED])
    assert NODE in text
    assert "the results of the Config rule could not be read" in text


def test_a_message_names_at_most_50_machines() -> None:
    found = [machine_of(line("inactive", machine_id=f"i-{number}"), WEB) for number in range(1234)]
    text = reminder_text(found, WELL, EVENT | DUE, [])
    assert text.count("web-01 (i-") == 50
    assert "1,184 more" in text


@pytest.mark.parametrize("found", [[], still_lost()[:1], still_lost()])
@pytest.mark.parametrize("health", [WELL, ILL, ILL | {"last_success": None, "undelivered": 1_000_000}])
def test_a_subject_is_one_that_sns_takes(found: list[dict[str, Any]], health: dict[str, Any]) -> None:
    subject = reminder_subject(found, health, EVENT | DUE | {"Region": "ap-southeast-1"})
    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()


def test_a_reminder_of_one_machine_has_the_machine_s_key() -> None:
    account = "ssm-agent/123456789012/eu-west-1"
    keys = [
        reminder_facts(found, health, EVENT | DUE)["key"]
        for found, health in ((still_lost()[:1], WELL), (still_lost(), WELL), (still_lost()[:1], ILL))
    ]
    assert keys == [f"{account}/i-0b", account, account]
