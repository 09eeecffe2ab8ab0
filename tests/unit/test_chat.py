"""What is posted to a chat channel; and that the e-mail does not depend on it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from jsonschema import Draft202012Validator

from ssm_agent_monitor.responder.messages.chat import notification_of
from tests.unit.golden_messages import EVENT, ROOT
from tests.unit.responding import NODE, TOPIC, InTurn, Responder, agents, line_of, lost
from tests.unit.test_messages import MESSAGES

SCHEMA = json.loads((ROOT / "tests" / "unit" / "chat.schema.json").read_text())
CHAT = "arn:aws:sns:eu-west-1:123456789012:on-call-chat"
MACHINE = {"id": "i-0123456789abcdef0"}
FACTS: dict[str, Any] = {
    "kind": "digest",
    "key": "ssm-agent/123456789012/eu-west-1",
    "status": "lost",
    "cause": "unknown",
    "account": "123456789012",
    "region": "eu-west-1",
    "rule": EVENT["RuleName"],
    "machines": [MACHINE] * 50,
    "links": {"rule": "https://console.aws.amazon.com/config", "execution": "https://x.example.com"},
}


def posted(subject: str, text: str, **facts: Any) -> dict[str, Any]:
    """What is posted, which is as the schema says."""
    notification = notification_of(subject, text, FACTS | facts)
    Draft202012Validator(SCHEMA).validate(notification)
    return notification


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_each_message_has_a_form_that_the_service_shows(name: str) -> None:
    subject, _, text = MESSAGES[name].removeprefix("Subject: ").partition("\n\n")
    content = posted(subject, text)["content"]
    assert content["title"] == subject
    assert content["description"].startswith(text.partition("\n\n")[0])
    assert content["nextSteps"] == [
        "Rule: https://console.aws.amazon.com/config",
        "Execution: https://x.example.com",
    ]


def test_what_is_about_one_machine_is_one_thread() -> None:
    key = f"{FACTS['key']}/{MACHINE['id']}"
    lost, back = (posted("Subject", "Text.\n", key=key, status=status) for status in ("lost", "online"))
    assert lost["metadata"]["threadId"] == back["metadata"]["threadId"] == key


def test_a_name_calls_nobody_and_ends_no_block() -> None:
    description = posted("Subject", "On <!channel>.\n\nMACHINE\n  ```<@U1>\n")["content"]["description"]
    assert description == "On (!channel).\n```\nMACHINE\n  '''(@U1)\n```"


def test_a_long_message_is_shortened_at_the_end_of_a_line() -> None:
    lines = [f"  - machine {number}: lost connection\n" for number in range(1000)]
    description = posted("Subject", f"First.\n\nLOST\n{''.join(lines)}")["content"]["description"]
    *shown, rest, end = description.splitlines()
    assert (rest, end) == ("... the rest is in the e-mail", "```")
    assert shown[-1].endswith(": lost connection")


def responder_of(**environment: str) -> Responder:
    """One for which a machine is lost."""
    return Responder(InTurn(ssm=[agents(lost(NODE))]), **environment)


@pytest.mark.parametrize(
    ("environment", "topics"), [({}, [TOPIC]), ({"CHAT_TOPIC_ARN": CHAT}, [TOPIC, CHAT])]
)
@pytest.mark.parametrize("mode", ["digest", "instance"])
def test_it_is_posted_if_there_is_a_topic(environment: dict[str, str], topics: list[str], mode: str) -> None:
    responder = responder_of(MODE=mode, **environment)
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
