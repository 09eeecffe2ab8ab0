"""One root with several blocks of the module, applied once: names, Regions, topics, steps, and fleets."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.automation import unconfirmed
from tests.end_to_end.blocks import REGION, changes
from tests.end_to_end.deployment.conftest import FIXTURE, Deployment
from tools.terraform import Workspace
from tools.terraform_setup import BUILD, ROOT

ELSEWHERE = "us-east-1"


@pytest.fixture
def lost(deployment: Deployment) -> str:
    """A new machine whose agent does not answer."""
    return deployment.add(name="näme\u2028with a break", platform="Amazon Linux")


def test_only_what_a_block_waits_for_is_changed_from_another_checkout(deployment: Deployment) -> None:
    """As Atlantis does it: another folder, other file times, the same state.

    depends_on defers the data sources of the block that waits: neither names nor policies are made of them.
    """
    environment = deployment.sandbox.environment(REGION)
    other = Workspace.copy_of(FIXTURE, BUILD / "another-checkout", environment)
    shutil.copyfile(deployment.workspace.state_file, other.state_file)
    other.init()
    other.set_variables({"content": "two"})
    plan = other.plan()
    planned = {address: how for address, how in changes(plan.text).items() if how != "read during apply"}
    assert planned == {"terraform_data.other": "updated in-place"}


@pytest.mark.parametrize(
    ("region", "blocks", "told"),
    [
        (REGION, ("one", "two", "three"), ["existing@example.com", "one@example.com", "other@example.com"]),
        (ELSEWHERE, ("one", "far"), ["elsewhere@example.com", "existing@example.com"]),
    ],
)
def test_each_block_tells_its_own_people(
    deployment: Deployment, region: str, blocks: tuple[str, ...], told: list[str]
) -> None:
    machine = deployment.add(region)
    mails = [mail for block in blocks for mail in deployment.evaluate(block, region)]
    assert sorted(mail.to for mail in mails if machine in mail.body) == told
    assert {deployment.compliance(block, region)[machine] for block in blocks} == {"NON_COMPLIANT"}


def test_what_was_sent_before_somebody_confirmed_is_sent_anew(deployment: Deployment, lost: str) -> None:
    """By the two commands that README names in its step "confirm"."""
    deployment.evaluate("one")
    deployment.sandbox.client("config", REGION).delete_evaluation_results(ConfigRuleName="one")
    mails = deployment.evaluate("one")
    assert any(mail.to == "one@example.com" and lost in mail.subject for mail in mails)


def test_a_message_says_all_that_is_known(deployment: Deployment, lost: str) -> None:
    mail = next(mail for mail in deployment.evaluate("one") if mail.to == "one@example.com")
    assert mail.subject == f"SSM Agent lost: name with a break ({lost}): no instance profile"
    assert mail.body.startswith("The SSM Agent on näme with a break")
    for fact in (
        f"({lost}) does not answer: no instance profile.",
        "Likely cause: no instance profile, and Default Host Management Configuration is off",
        f"aws ec2 associate-iam-instance-profile --instance-id {lost}",
        f"{deployment.sandbox.account}, Region {REGION}",
        "by AWS Config rule one",
        "status checks: system ok, instance ok",
        "Network    vpc-",
        "ping status ConnectionLost, last ping 20",
        "version 3.3",
        "Amazon Linux",
    ):
        assert fact in mail.body
    assert mail.path.read_bytes().startswith(b"From: ")


def test_failed_steps_are_named_and_do_not_stop_the_message(deployment: Deployment, lost: str) -> None:
    [execution], [mail] = deployment.tell(lost)
    assert "FailOnPurpose: Failed: " in mail.body
    assert "this step fails on purpose" in mail.body
    assert "UseWhatFailed: Failed: " in mail.body
    assert "TagInstance:" not in mail.body
    assert execution.status == "Success"
    tags = deployment.sandbox.client("ec2", REGION).describe_tags(
        Filters=[{"Name": "resource-id", "Values": [lost]}, {"Name": "key", "Values": ["AgentLost"]}]
    )["Tags"]
    assert tags[0]["Value"].startswith("ConnectionLost at ")


@pytest.fixture
def published(deployment: Deployment) -> Iterator[list[dict[str, Any]]]:
    """What SNS is given during the test, whatever the topic."""
    given: list[dict[str, Any]] = []
    hooks = deployment.sandbox.gateway.before["sns", "Publish"]
    hooks.append(lambda call: given.append(call.params))
    yield given
    hooks.pop()


def test_programs_get_facts_that_they_can_filter_by(
    deployment: Deployment, lost: str, published: list[dict[str, Any]]
) -> None:
    deployment.tell(lost)
    [given] = [each for each in published if each["TopicArn"] == deployment.blocks["one"]["topic_arn"]]
    facts = json.loads(json.loads(given["Message"])["default"])
    assert facts["key"] == f"ssm-agent/{deployment.sandbox.account}/{REGION}/{lost}"
    assert facts["machines"][0]["ping_status"] == "ConnectionLost"
    assert given["MessageAttributes"]["status"]["StringValue"] == "lost"


def test_a_chat_channel_gets_the_message_in_its_own_form(
    deployment: Deployment, lost: str, published: list[dict[str, Any]]
) -> None:
    deployment.evaluate("two")
    topic = deployment.blocks["two"]["chat_topic_arn"]
    posts = [json.loads(each["Message"]) for each in published if each["TopicArn"] == topic]
    assert [post for post in posts if lost in post["content"]["description"]]


BROKEN_CODE = {
    "raises": "def lambda_handler(event, context):\n    raise SystemError('broken')\n",
    "exits": "import os\ndef lambda_handler(event, context):\n    os._exit(1)\n",
    "answers nothing": "def lambda_handler(event, context):\n    return {}\n",
}
"""What may become of the responder."""


@contextmanager
def broken_responder(deployment: Deployment, block: str, how: str, region: str = REGION) -> Iterator[None]:
    """The block's responder with other code, for a while."""
    client, name = deployment.sandbox.client("lambda", region), deployment.blocks[block]["responder_name"]
    client.update_function_code(FunctionName=name, ZipFile=zip_of(BROKEN_CODE[how]))
    try:
        yield
    finally:
        code = (ROOT / "lambda_src" / "dist" / "ssm_agent_monitor.zip").read_bytes()
        client.update_function_code(FunctionName=name, ZipFile=code)


def zip_of(handler: str) -> bytes:
    """A package whose responder has this code alone."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for folder in ("ssm_agent_monitor", "ssm_agent_monitor/responder"):
            archive.writestr(f"{folder}/__init__.py", "")
        archive.writestr("ssm_agent_monitor/responder/handler.py", handler)
    return packed.getvalue()


@pytest.mark.parametrize("is_lenient", [False, True], ids=["as the sandbox", "the other way"])
@pytest.mark.parametrize("how", BROKEN_CODE)
def test_if_the_responder_breaks_a_sentence_is_published(
    deployment: Deployment, lost: str, how: str, is_lenient: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a function's error fails its step, or a missing value a branch, is not documented."""
    monkeypatch.setattr(unconfirmed, "FUNCTION_ERROR_FAILS_ITS_STEP", not is_lenient)
    monkeypatch.setattr(unconfirmed, "NO_VALUE_FAILS_A_BRANCH", not is_lenient)
    with broken_responder(deployment, "one", how):
        [execution], [mail] = deployment.tell(lost)
    assert all(fact in mail.body for fact in (lost, deployment.sandbox.account, REGION, execution.id))
    assert "DO THIS FIRST" not in mail.body
    assert "PublishSentence" in [name for name, step in execution.steps.items() if step.status == "Success"]


def test_in_instance_mode_a_recorder_that_does_not_run_warns(deployment: Deployment, lost: str) -> None:
    """And since Config then announces nothing, nobody is told: the trap that the warning is about."""
    config = deployment.sandbox.client("config", REGION)
    [recorder] = config.describe_configuration_recorders()["ConfigurationRecorders"]
    config.stop_configuration_recorder(ConfigurationRecorderName=recorder["name"])
    try:
        mails = deployment.evaluate("one")
    finally:
        config.start_configuration_recorder(ConfigurationRecorderName=recorder["name"])
    assert "one@example.com" not in [mail.to for mail in mails if lost in mail.body]
    assert any('"code": "recorder-stopped"' in line for line in deployment.log_lines())


def test_an_existing_topic_is_left_alone(deployment: Deployment) -> None:
    sns = deployment.sandbox.client("sns", REGION)
    arn = f"arn:aws:sns:{REGION}:{deployment.sandbox.account}:existing"
    policy = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["__default_statement_ID"]
    subscriptions = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert [each["Endpoint"] for each in subscriptions] == ["existing@example.com"]
    assert deployment.blocks["two"]["topic_arn"] == arn


def managed(deployment: Deployment, block: str) -> list[tuple[str, dict[str, Any]]]:
    """The type and the attributes of each resource of a block."""
    resources = json.loads(deployment.workspace.state_file.read_text())["resources"]
    return [
        (resource["type"], instance["attributes"])
        for resource in resources
        if f"{resource.get('module')}.".startswith(f"module.{block}.") and resource["mode"] == "managed"
        for instance in resource["instances"]
    ]


def test_without_notification_there_is_the_rule_alone(deployment: Deployment) -> None:
    services = {kind.split("_")[1] for kind, _ in managed(deployment, "three")}
    assert services == {"cloudwatch", "config", "iam", "lambda"}
    assert "aws_cloudwatch_event_rule" not in dict(managed(deployment, "three"))


def test_path_boundary_and_tags_reach_everything_that_takes_them(deployment: Deployment) -> None:
    resources = managed(deployment, "one")
    tagged = {kind: attributes["tags"] for kind, attributes in resources if "tags" in attributes}
    assert len(tagged) >= 8
    assert set(map(json.dumps, tagged.values())) == {'{"Team": "platform"}'}
    roles = [attributes for kind, attributes in resources if kind == "aws_iam_role"]
    assert len(roles) == 6
    assert {role["path"] for role in roles} == {"/monitoring/"}
    assert {role["permissions_boundary"].split("/")[-1] for role in roles} == {"boundary"}


def test_if_the_responder_breaks_a_topic_of_another_region_gets_the_sentence(deployment: Deployment) -> None:
    machine = deployment.add(ELSEWHERE)
    with broken_responder(deployment, "far", "raises", ELSEWHERE):
        mails = deployment.evaluate("far", ELSEWHERE)
    [mail] = [mail for mail in mails if machine in mail.body]
    assert mail.to == "existing@example.com"
    assert "DO THIS FIRST" not in mail.body.upper()
