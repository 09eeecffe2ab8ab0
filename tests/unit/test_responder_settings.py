"""The responder's environment: what Terraform writes is read, and whatever else it holds is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssm_agent_monitor.responder.settings import RepairSettings, Settings, from_environment
from tests.unit.responding import ENVIRONMENT, TOPIC, InTurn, Responder, line_of

REPAIR: dict[str, Any] = {
    "tagKey": "Repair",
    "tagValue": "allowed",
    "instanceProfile": "",
    "reboot": True,
    "maxConcurrent": 5,
    "cooldownHours": 24,
    "repairedAtTag": "ssm-agents:repaired-at",
    "document": "ssm-agents-repair",
    "needsApproval": False,
}


def test_what_is_off_is_left_out() -> None:
    needed = {
        name: ENVIRONMENT[name]
        for name in (
            "ACCOUNT_ID",
            "PARTITION",
            "AWS_REGION",
            "MODE",
            "TOPIC_ARN",
            "CONSOLE_HOST",
            "DIAGNOSIS",
        )
    }
    assert from_environment(needed) == Settings(
        account_id="123456789012",
        partition="aws",
        region="eu-west-1",
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


def test_all_that_terraform_writes_is_read() -> None:
    chat = f"{TOPIC}-chat"
    environment = ENVIRONMENT | {
        "CHAT_TOPIC_ARN": chat,
        "GUIDE_URL": "https://wiki.example.com/ssm",
        "SILENCE_TAG": "silenced until",
        "TAG_KEYS": '["Owner", "Cost Center"]',
        "DIAGNOSIS": "true",
        "REPAIR": json.dumps(REPAIR),
    }
    found = from_environment(environment)
    assert (found.chat_topic_arn, found.guide_url) == (chat, "https://wiki.example.com/ssm")
    assert (found.silence_tag, found.tag_keys) == ("silenced until", ("Owner", "Cost Center"))
    assert found.diagnosis
    assert found.repair == RepairSettings(
        tag_key="Repair",
        tag_value="allowed",
        instance_profile="",
        reboot=True,
        max_concurrent=5,
        cooldown_hours=24,
        repaired_at_tag="ssm-agents:repaired-at",
        document="ssm-agents-repair",
        needs_approval=False,
    )


WRONG_REPAIR = "must be a JSON object; wrong or missing: "


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        *(
            (name, "", "is missing")
            for name in (
                "ACCOUNT_ID",
                "PARTITION",
                "AWS_REGION",
                "MODE",
                "TOPIC_ARN",
                "CONSOLE_HOST",
                "DIAGNOSIS",
            )
        ),
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
        ("REPAIR", json.dumps(REPAIR | {"reboot": "true"}), f"{WRONG_REPAIR}reboot"),
        ("REPAIR", json.dumps(REPAIR | {"maxConcurrent": 2.5}), f"{WRONG_REPAIR}maxConcurrent"),
        ("REPAIR", json.dumps(REPAIR | {"cooldownHours": True}), f"{WRONG_REPAIR}cooldownHours"),
        *(
            (
                "REPAIR",
                json.dumps({key: REPAIR[key] for key in REPAIR if key != missing}),
                WRONG_REPAIR + missing,
            )
            for missing in REPAIR
        ),
    ],
)
@pytest.mark.parametrize("request_name", ["Notify", "DecideRepair", "Remind"])
def test_a_variable_that_is_missing_or_broken_is_named_and_nothing_is_done(
    name: str, value: str, said: str, request_name: str
) -> None:
    answers = InTurn()
    responder = Responder(answers, **{name: value})
    machines: dict[str, Any] = {"Machines": [line_of()]} if request_name == "Notify" else {}
    answer = responder.ask(request_name, **machines)
    assert (answer["Status"], answer["Repair"], answer["Action"]) == ("failed", "none", "none")
    assert f"the environment variable {name} {' '.join(said.split())}" in answer["Problem"]
    assert answers.urls == []
    assert responder.messages.sent == []
