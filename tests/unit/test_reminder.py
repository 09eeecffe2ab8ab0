"""The request Remind: what it reads, whom it leaves out, and when it sends nothing."""

import json
from typing import Any

import pytest

from tests.unit import responding
from tests.unit.responding import DENIED, ID, NODE, InTurn, Responder, agents, ec2, instance, lost_agent

NOW = responding.NOW.timestamp()
HOUR = 3600.0
ACTIVATED = {"ConfigRuleName": "agents", "FirstActivatedTime": NOW - 1000 * HOUR}
FRESH = {"LastSuccessfulEvaluationTime": NOW - HOUR}
AGENTS = agents(lost_agent(ID), lost_agent(NODE))
NOTHING_OPEN = {"Status": "sent", "Result": "no message: nothing is open", "Problem": "none"}


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


def remind_of(*, seconds: float = 150, **answers: list[tuple[int, str]]) -> tuple[dict[str, Any], str]:
    """Has a reminder sent; the answer, and what was sent, if anything was."""
    responder = Responder(InTurn(**{"ssm": [AGENTS], "sqs": [waiting(0)], **answers}))
    answer = responder.ask("Remind", seconds=seconds)
    assert all(facts["kind"] == "reminder" for facts in responder.messages.facts)
    for message in responder.messages.sent:
        assert message["MessageAttributes"]["kind"]["StringValue"] == "reminder"
    assert len(responder.messages.sent) == answer["Result"].startswith("message sent")
    return answer, "".join(responder.messages.texts)


def test_what_is_open_is_told_the_longest_outage_first() -> None:
    older = "Ping status ConnectionLost; last ping 2026-02-26T08:00:00Z [connection-lost]"
    newer = "Ping status ConnectionLost; last ping 2026-02-28T08:00:00Z [connection-lost]"
    pages = [results((ID, newer), more="next"), results((NODE, older)), status(**FRESH)]
    answer, text = remind_of(config=pages)
    assert answer == NOTHING_OPEN | {"Result": "message sent: 2 still lost, monitor well"}
    assert text.index(NODE) < text.index(ID)
    assert "for about 3 days 2 hours" in text


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
def test_a_silence_counts_that_began_after_the_last_run(until: str, is_left_out: bool) -> None:
    tagged = ec2(instance(**{"silenced-until": until}))
    answer, text = remind_of(config=[INSTANCE_IS_LOST, status(**FRESH)], ec2=[tagged])
    assert bool(text) is not is_left_out
    assert ("silenced until 2026-03-0" in answer["Result"]) is is_left_out
    assert "silenced-until =" not in text


def test_of_more_than_a_thousand_machines_the_rest_counts_as_config_says_and_50_are_named() -> None:
    nodes = [f"mi-{number:017}" for number in range(1070)]
    found = results(*((node, "Ping status ConnectionLost [connection-lost]") for node in nodes))
    answer, text = remind_of(config=[found, status(**FRESH)], ssm=[agents()])
    left_out = f"left out: 1000 ({nodes[0]}: it is no longer registered; "
    assert answer["Result"].startswith(f"message sent: 70 still lost, monitor well; {left_out}")
    assert [node for node in nodes if node in text] == nodes[1000:1050]
    assert "and 20 more" in text


@pytest.mark.parametrize(
    ("times", "problem"),
    [
        ({"LastSuccessfulEvaluationTime": NOW - 2 * HOUR}, ""),
        ({"LastSuccessfulEvaluationTime": NOW - 2 * HOUR - 60}, "no evaluation for 2 hours 1 minute"),
        ({"FirstActivatedTime": NOW - HOUR}, ""),
        ({"FirstActivatedTime": NOW - 3 * HOUR}, "never evaluated"),
    ],
)
def test_a_rule_without_a_success_in_two_intervals_is_told(times: dict[str, float], problem: str) -> None:
    answer, text = remind_of(config=[results(), status(**times)])
    assert problem in text
    assert bool(text) == bool(problem) == (answer != NOTHING_OPEN)


@pytest.mark.parametrize(("failed", "is_told"), [(NOW - 4 * HOUR, True), (NOW - 6 * HOUR, False)])
def test_an_error_is_told_unless_a_success_came_after_it(failed: float, is_told: bool) -> None:
    times = {"LastSuccessfulEvaluationTime": NOW - 5 * HOUR, "LastFailedInvocationTime": failed}
    error = {"LastErrorCode": "ClientError", "LastErrorMessage": "not allowed"}
    _, text = remind_of(config=[results(), status(**times, **error)])
    assert ("ClientError: not allowed" in text) is is_told
    assert ("names no error" in text) is not is_told


def test_events_in_the_dead_letter_queue_are_told() -> None:
    answer, text = remind_of(config=[results(), status(**FRESH)], sqs=[waiting(2, 1)])
    assert answer["Result"] == "message sent: 0 still lost, monitor ill"
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
        ({"config": [NODE_IS_LOST, status(**FRESH)], "ssm": [DENIED]}, "SSM Agents could not be read"),
    ],
)
def test_what_could_not_be_read_is_told_and_is_the_answer_s_problem(
    answers: dict[str, Any], problem: str
) -> None:
    answer, text = remind_of(**answers)
    assert answer["Status"] == "sent"
    assert f"{problem}: AccessDeniedException (" in answer["Problem"]
    assert all(f"  {each}\n" in text for each in answer["Problem"].split("; "))
    assert not set("{}") & set("".join(answer.values()))


def test_without_time_the_message_says_that_nothing_could_be_read() -> None:
    answer, text = remind_of(seconds=0)
    assert answer["Status"] == "sent"
    assert answer["Problem"] == "; ".join(
        f"{what} could not be read: no time was left"
        for what in (
            "the results of the Config rule",
            "when the Config rule was evaluated",
            "the dead-letter queue",
        )
    )
    assert "is known to be lost, but not everything could be read." in text


def test_machines_of_pages_that_were_read_are_told_though_one_page_was_not() -> None:
    first = NODE_IS_LOST[1].replace("}]}", '}], "NextToken": "next"}')
    _, text = remind_of(config=[(200, first), DENIED])
    assert NODE in text
    assert "the results of the Config rule could not be read" in text
