"""The responder's environment: what Terraform writes is read, and whatever else it holds is named."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.settings import (
    InvalidSettingsError,
    RepairSettings,
    Settings,
    from_environment,
)
from tests.unit.responding import ENVIRONMENT, TOPIC, InTurn, Responder

REPAIR: dict[str, Any] = {
    "tagKey": "Repair",
    "tagValue": "allowed",
    "actions": ["attach", "reboot"],
    "instanceProfile": "agents",
    "maxConcurrent": 5,
    "cooldownHours": 24,
    "repairedAtTag": "ssm-agents:repaired-at",
    "document": "ssm-agents-repair",
    "needsApproval": False,
}
NEEDED = {name: text for name, text in ENVIRONMENT.items() if name not in ("SILENCE_TAG", "TAG_KEYS")}
WITHOUT_ALL_THAT_MAY_BE_OFF = Settings(
    place=Place("123456789012", "aws", "eu-west-1"),
    mode="instance",
    topic_arn=TOPIC,
    chat_topic_arn="",
    console_host="console.aws.amazon.com",
    guide_url="",
    silence_tag="",
    tag_keys=(),
    diagnosis=False,
    repair=None,
)


def test_what_is_off_is_left_out() -> None:
    assert from_environment(NEEDED) == WITHOUT_ALL_THAT_MAY_BE_OFF


def test_all_that_terraform_writes_is_read() -> None:
    written = {
        "CHAT_TOPIC_ARN": f"{TOPIC}-chat",
        "GUIDE_URL": "https://wiki.example.com/ssm",
        "SILENCE_TAG": "silenced until",
        "TAG_KEYS": '["Owner", "Cost Center"]',
        "DIAGNOSIS": "true",
        "REPAIR": json.dumps(REPAIR),
    }
    assert from_environment(NEEDED | written) == replace(
        WITHOUT_ALL_THAT_MAY_BE_OFF,
        chat_topic_arn=f"{TOPIC}-chat",
        guide_url="https://wiki.example.com/ssm",
        silence_tag="silenced until",
        tag_keys=("Owner", "Cost Center"),
        diagnosis=True,
        repair=RepairSettings(*(REPAIR | {"actions": ("attach", "reboot")}).values()),
    )


def repair(**changes: Any) -> str:
    return json.dumps({key: value for key, value in {**REPAIR, **changes}.items() if value is not None})


WRONG_REPAIR = "must be a JSON object; wrong or missing: "


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        *((name, "", "is missing") for name in NEEDED),
        ("ACCOUNT_ID", "1234", "must be 12 digits, not '1234'"),
        ("PARTITION", "azure", "must be the name of a partition, not 'azure'"),
        ("AWS_REGION", "eu west", "must be the name of a Region, not 'eu west'"),
        ("MODE", "Digest", "must be one of digest, instance, not 'Digest'"),
        ("TOPIC_ARN", "on-call", "must be the ARN of an SNS topic, not 'on-call'"),
        ("TOPIC_ARN", TOPIC.replace(":sns:", ":sqs:"), "must be the ARN of an SNS topic, not 'arn:aws:sqs:"),
        ("CHAT_TOPIC_ARN", "on-call", "must be the ARN of an SNS topic, not 'on-call'"),
        ("CONSOLE_HOST", "a host", "must be the name of a host, not 'a host'"),
        ("GUIDE_URL", "http://x", "must be a URL that begins with https://, not 'http://x'"),
        ("DIAGNOSIS", "yes", "must be true or false, not 'yes'"),
        ("TAG_KEYS", "Owner", "is no JSON: "),
        ("TAG_KEYS", '"Owner"', "must be a JSON list of texts"),
        ("TAG_KEYS", "[5]", "must be a JSON list of texts"),
        ("TAG_KEYS", "[" * 100_000, "is no JSON: "),
        ("REPAIR", "{", "is no JSON: "),
        ("REPAIR", "[]", WRONG_REPAIR + ", ".join(REPAIR)),
        ("REPAIR", '"act"', WRONG_REPAIR + ", ".join(REPAIR)),
        ("REPAIR", repair(actions="reboot"), f"{WRONG_REPAIR}actions"),
        ("REPAIR", repair(actions=[True]), f"{WRONG_REPAIR}actions"),
        ("REPAIR", repair(maxConcurrent=2.5), f"{WRONG_REPAIR}maxConcurrent"),
        ("REPAIR", repair(cooldownHours=True), f"{WRONG_REPAIR}cooldownHours"),
        *(("REPAIR", repair(**{key: None}), WRONG_REPAIR + key) for key in REPAIR),
    ],
)
def test_a_variable_that_is_missing_or_broken_is_named(name: str, value: str, said: str) -> None:
    said = re.escape(f"the environment variable {name} {said}")
    with pytest.raises(InvalidSettingsError, match=f"^{said}"):
        from_environment(ENVIRONMENT | {name: value})


@pytest.mark.parametrize("request_name", ["Notify", "DecideRepair", "Remind"])
def test_with_settings_that_are_broken_nothing_is_done(request_name: str) -> None:
    answers = InTurn()
    responder = Responder(answers, MODE="Digest")
    answer = responder.ask(request_name)
    assert (answer["Status"], answer["Repair"], answer["Action"]) == ("failed", "none", "none")
    assert answer["Problem"] == "the environment variable MODE must be one of digest, instance, not 'Digest'"
    assert answers.urls == []
    assert responder.messages.sent == []
