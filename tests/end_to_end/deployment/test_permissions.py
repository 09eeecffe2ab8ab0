"""Least privilege: whatever single action is taken away from a role, something that a person sees says so."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest

from sandbox.automation.execution import Execution
from sandbox.mail import Email
from tests.end_to_end.blocks import REGION
from tests.end_to_end.deployment.conftest import Deployment
from tests.end_to_end.role_policies import denied_one_by_one, without

WARNINGS = {
    "config:DescribeConfigurationRecorderStatus": "recorder-unreadable",
    "config:DescribeConfigurationRecorders": "recorder-unreadable",
    "ssm:GetServiceSetting": "default-host-management-unreadable",
}
"""What the log says if the evaluator cannot read one of these: it can do without."""


@pytest.fixture(scope="module")
def machine(deployment: Deployment) -> str:
    """An instance that the rule checks."""
    instance_id = deployment.add(tags={"aws:autoscaling:groupName": "web"})  # so that its group is asked too
    deployment.evaluate("one")
    return instance_id


def assert_warns(deployment: Deployment, action: str, code: str) -> None:
    """A run of the evaluator without the action succeeds, and its log says what could not be read."""
    before = len(deployment.log_lines())
    deployment.start_anew("one")  # a process asks for some of it once
    with without(deployment.sandbox, deployment.blocks["one"]["function_role_name"], action):
        deployment.evaluate("one")
    [warning] = [line for line in deployment.log_lines()[before:] if f'"code": "{code}"' in line]
    assert f"not authorized to perform: {action}" in warning
    assert not deployment.has_failed("one")


def assert_fails_visibly(deployment: Deployment, action: str, *block: str) -> None:
    """A run of the evaluator without the action fails, and its log says why; the next one succeeds."""
    with without(deployment.sandbox, deployment.blocks[block[0]]["function_role_name"], action):
        deployment.evaluate(*block)
    assert deployment.has_failed(*block)
    assert [line for line in deployment.log_lines(*block) if f"not authorized to perform: {action}" in line]
    deployment.evaluate(*block)
    assert not deployment.has_failed(*block)


@denied_one_by_one
def test_without_an_action_the_evaluator_fails_visibly(
    deployment: Deployment, machine: str, action: str
) -> None:
    assert_fails_visibly(deployment, action, "one")
    assert deployment.compliance("one")[machine] == "NON_COMPLIANT"


@denied_one_by_one
@pytest.mark.usefixtures("machine")
def test_without_an_optional_read_the_evaluator_warns(deployment: Deployment, action: str) -> None:
    assert_warns(deployment, action, WARNINGS[action])


@denied_one_by_one
def test_without_what_a_scope_or_the_mode_digest_needs_a_run_fails_visibly(
    deployment: Deployment, action: str
) -> None:
    deployment.add("eu-west-1", tags={"Environment": "production"})
    assert_fails_visibly(deployment, action, "scoped", "eu-west-1")


@denied_one_by_one
@pytest.mark.usefixtures("machine")
def test_without_a_log_permission_the_log_stays_empty(deployment: Deployment, action: str) -> None:
    before = deployment.log_lines()
    deployment.start_anew("one")  # a process makes its log stream once
    with without(deployment.sandbox, deployment.blocks["one"]["function_role_name"], action):
        deployment.evaluate("one")
    assert deployment.log_lines() == before
    deployment.start_anew("one")
    deployment.evaluate("one")
    assert len(deployment.log_lines()) > len(before)


@denied_one_by_one
def test_without_an_action_the_event_lands_in_the_queue(
    deployment: Deployment, machine: str, action: str
) -> None:
    sqs = deployment.sandbox.client("sqs", REGION)
    queue = deployment.blocks["one"]["dead_letter_queue_url"]
    with without(deployment.sandbox, deployment.blocks["one"]["event_rule_role_name"], action):
        assert deployment.tell(machine) == ([], [])
    [message] = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    error = message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]
    assert f"not authorized to perform: {action}" in error
    assert json.loads(message["Body"])["detail"]["resourceId"] == machine


def told_without(
    deployment: Deployment, machine: str, action: str, *roles: str
) -> tuple[Execution, list[Email]]:
    """The execution about a lost machine while roles of the block lack an action, and the e-mails."""
    with ExitStack() as stack:
        for role in roles:
            name = deployment.blocks["one"][f"{role}_role_name"]
            stack.enter_context(without(deployment.sandbox, name, action))
        [execution], mails = deployment.tell(machine)
    return execution, mails


@denied_one_by_one
def test_what_could_not_be_read_is_in_the_message(deployment: Deployment, machine: str, action: str) -> None:
    """The message is sent, so the execution succeeds; its output has the same text."""
    execution, [mail] = told_without(deployment, machine, action, "responder")
    unread = mail.body.partition("COULD NOT BE READ\n")[2].partition("\n\n")[0]
    assert f"({action.partition(':')[2]})" in unread
    assert execution.status == "Success"
    [problem] = execution.summary()["Outputs"]["Notify.Problem"]
    assert problem == "; ".join(line.strip() for line in unread.splitlines())


def assert_is_sentence(execution: Execution, mail: Email, machine: str) -> None:
    """The last resort names the machine, and the execution that says more."""
    assert all(fact in mail.body for fact in (machine, execution.account, REGION, execution.id))
    assert "DO THIS FIRST" not in mail.body


def test_if_the_responder_may_not_publish_a_sentence_is_published(
    deployment: Deployment, machine: str
) -> None:
    execution, [mail] = told_without(deployment, machine, "sns:Publish", "responder")
    assert_is_sentence(execution, mail, machine)
    [problem] = execution.summary()["Outputs"]["Notify.Problem"]
    assert "not authorized to perform: sns:Publish" in problem


def test_if_the_responder_cannot_be_asked_a_sentence_is_published(
    deployment: Deployment, machine: str
) -> None:
    execution, [mail] = told_without(deployment, machine, "lambda:InvokeFunction", "automation")
    assert_is_sentence(execution, mail, machine)
    assert execution.status == "Failed"
    failure = execution.steps["Notify"].failure_message or ""
    assert "not authorized to perform: lambda:InvokeFunction" in failure


def test_if_nothing_can_be_published_the_execution_says_so(deployment: Deployment, machine: str) -> None:
    execution, mails = told_without(deployment, machine, "sns:Publish", "automation", "responder")
    assert not mails
    assert execution.status == "Failed"
    failure = execution.steps["PublishSentence"].failure_message or ""
    assert "not authorized to perform: sns:Publish" in failure


@denied_one_by_one
def test_without_the_action_for_an_empty_account_the_evaluator_warns(
    deployment: Deployment, action: str
) -> None:
    """The last test here: it ends with nothing running."""
    sandbox = deployment.sandbox
    running = sandbox.client("ec2", REGION).describe_instance_status()["InstanceStatuses"]
    for status in running:
        sandbox.fleet.terminate(status["InstanceId"])
    deployment.evaluate("one")  # takes the results back
    assert_warns(deployment, action, "optional-read-failed")
