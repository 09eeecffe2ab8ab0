"""What is posted to a chat channel; and that the e-mail does not depend on it."""

import json

import pytest
from botocore.exceptions import ClientError
from jsonschema import Draft202012Validator

from ssm_agent_monitor.responder.messages.chat import notification_of
from ssm_agent_monitor.responder.messages.report import Report
from ssm_agent_monitor.responder.messages.subject import subject_of
from ssm_agent_monitor.responder.messages.text import text_of
from tests.unit.golden_messages import REPORTS, group, lost, run
from tests.unit.responding import NODE, TOPIC, InTurn, Responder, agents, line_of, lost_agent
from tools.terraform_setup import ROOT

SCHEMA = json.loads((ROOT / "tests" / "unit" / "chat.schema.json").read_text())
CHAT = "arn:aws:sns:eu-west-1:123456789012:on-call-chat"


def description_of(report: Report) -> str:
    """What is shown of a post, which is as the schema says."""
    notification = json.loads(json.dumps(notification_of(report)))
    Draft202012Validator(SCHEMA).validate(notification)
    return str(notification["content"]["description"])


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_each_message_has_a_form_that_the_service_shows(name: str) -> None:
    report = REPORTS[name]
    content = json.loads(json.dumps(notification_of(report)))["content"]
    assert description_of(report).startswith(text_of(report).partition("\n\n")[0])
    assert content["title"] == subject_of(report)
    assert content["nextSteps"] == [f"{name.capitalize()}: {link}" for name, link in report.links.items()]


def test_what_is_about_one_machine_is_one_thread() -> None:
    found = [notification_of(REPORTS[name]) for name in ("lost-inactive", "recovered", "repair")]
    threads = {json.dumps(each["metadata"]).partition(",")[0] for each in found}
    assert threads == {f'{{"threadId": "{REPORTS["recovered"].key}"'}


def test_a_name_calls_nobody_and_ends_no_block() -> None:
    description = description_of(run(lost("inactive", name="```<@U1>")))
    first, _, block = description.partition("\n```\n")
    assert "'''(@U1)" in first
    assert "Name       '''(@U1)" in block.removesuffix("\n```")
    assert not set("<>`") & set(first + block.removesuffix("```"))


def test_a_long_message_is_shortened_at_the_end_of_a_line() -> None:
    *shown, rest, end = description_of(run(*group("inactive", 50, "web"))).splitlines()
    assert (rest, end) == ("... the rest is in the e-mail", "```")
    assert shown[-1].endswith("; Owner = payments")


def responder_of(**environment: str) -> Responder:
    """One for which a machine is lost."""
    return Responder(InTurn(ssm=[agents(lost_agent(NODE))]), **environment)


@pytest.mark.parametrize(
    ("environment", "topics"), [({}, [TOPIC]), ({"CHAT_TOPIC_ARN": CHAT}, [TOPIC, CHAT])]
)
def test_it_is_posted_if_there_is_a_topic(environment: dict[str, str], topics: list[str]) -> None:
    responder = responder_of(**environment)
    assert responder.ask("Notify", Machines=[line_of(NODE)])["Problem"] == "none"
    assert [each["TopicArn"] for each in responder.messages.sent] == topics
    subjects = {each["Subject"] for each in responder.messages.sent}
    for each in responder.messages.sent[1:]:
        notification = json.loads(each["Message"])
        Draft202012Validator(SCHEMA).validate(notification)
        assert {notification["content"]["title"]} == subjects


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "NotFound", "Message": "Topic does not exist {{ x }}"}}, "Publish"),
        RuntimeError("of a kind that nobody has seen yet"),
    ],
)
def test_a_failure_to_post_is_a_problem_and_the_message_is_sent(error: Exception) -> None:
    responder = responder_of(CHAT_TOPIC_ARN=CHAT)
    responder.messages.refused = {CHAT: error}
    answer = responder.ask("Notify", Machines=[line_of(NODE)])
    assert (answer["Status"], answer["Result"]) == ("sent", f"message sent, for {NODE}")
    assert answer["Problem"].startswith("the message could not be posted to chat: ")
    assert str(error).partition(" {")[0] in answer["Problem"]
    assert not set("{}") & set(answer["Problem"])
    assert [each["TopicArn"] for each in responder.messages.sent] == [TOPIC]
