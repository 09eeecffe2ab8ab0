"""What is posted to a chat channel; and that the e-mail does not depend on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import chat
import notify
import pytest
from botocore.exceptions import ClientError
from chat import notification_of
from jsonschema import Draft202012Validator

from tests.unit.conftest import Answer
from tests.unit.golden_messages import EVENT, ROOT
from tests.unit.test_messages import MESSAGES
from tests.unit.test_runbook_scripts import EVENTS, LOST, Sent, agents

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


Tell = Callable[[str], dict[str, str]]


@pytest.fixture
def tell(answer_calls: Callable[[Answer], None], monkeypatch: pytest.MonkeyPatch) -> Tell:
    """A function that sends a message with this topic for chat; returns the step's outputs."""
    monkeypatch.setattr(notify, "send", lambda *_arguments, **_more: None)

    def run(topic_arn: str) -> dict[str, str]:
        answer_calls(Sent(ssm=[agents(LOST)]))
        return notify.handler(EVENTS | {"Mode": "digest", "ChatTopicArn": topic_arn}, None)

    return run


@pytest.mark.parametrize(("topic_arn", "topics"), [("", []), (CHAT, [CHAT])])
def test_it_is_posted_if_there_is_a_topic(
    tell: Tell, monkeypatch: pytest.MonkeyPatch, topic_arn: str, topics: list[str]
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(chat, "send", lambda topic, _subject, _message: asked.append(topic))
    assert tell(topic_arn)["Problem"] == "none"
    assert asked == topics


def test_a_failure_to_post_is_a_problem_and_the_message_is_sent(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: str) -> None:
        raise ClientError({"Error": {"Code": "NotFound", "Message": "Topic does not exist"}}, "Publish")

    monkeypatch.setattr(chat, "send", refuse)
    outputs = tell(CHAT)
    assert outputs["Result"].startswith("message sent, for ")
    assert outputs["Problem"].startswith("the message could not be posted to chat: ")
