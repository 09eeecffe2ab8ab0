"""Least privilege: whatever single action is taken away from a role, something that a person sees says so."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.end_to_end.conftest import REGION
from tests.end_to_end.deployment.conftest import Deployment
from tests.end_to_end.role_policies import actions_of, role_policies, without
from tests.end_to_end.test_diagnosis import READS as DIAGNOSIS_READS

EVALUATOR = [
    "config:GetComplianceDetailsByConfigRule",
    "config:PutEvaluations",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceStatus",
    "ssm:DescribeInstanceInformation",
]
# The evaluator can do without these: a warning in its log says what could not be read.
EVALUATOR_OPTIONAL_READS = {
    "config:DescribeConfigurationRecorderStatus": "recorder-unreadable",
    "config:DescribeConfigurationRecorders": "recorder-unreadable",
    "ssm:GetServiceSetting": "default-host-management-unreadable",
}
# Put only in digest mode, and only if there is a change.
EVALUATOR_OF_CHANGES = "events:PutEvents"
# Asked only with a scope of tags.
EVALUATOR_OF_TAGS = "ec2:DescribeTags"
# Asked only when nothing runs and there are no results; a run can do without it too.
EVALUATOR_OF_NOTHING = "config:DescribeConfigRuleEvaluationStatus"
LOGS = ["logs:CreateLogStream", "logs:PutLogEvents"]
EVENT_RULE = ["iam:PassRole", "ssm:StartAutomationExecution"]
# The responder can do without these: the message says what could not be read.
OPTIONAL_READS = [
    "autoscaling:DescribeAutoScalingInstances",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceStatus",
    "ssm:DescribeAutomationStepExecutions",
    "ssm:DescribeInstanceInformation",
]
# What the runbook itself does: it asks the responder, and publishes a sentence if that does not answer.
RUNBOOK = ["lambda:InvokeFunction", "sns:Publish"]
# What a reminder reads besides; without it the reminder says so.
REMINDER_READS = [
    "config:DescribeConfigRuleEvaluationStatus",
    "config:GetComplianceDetailsByConfigRule",
    "sqs:GetQueueAttributes",
]
USER_STEP = "ec2:CreateTags"
BEGINNING = datetime.min.replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def machine(deployment: Deployment) -> str:
    """An instance that the rule checks."""
    tags = {"aws:autoscaling:groupName": "web"}  # so that its group is asked too
    group = {"name": "machine", "ping": "ConnectionLost", "tags": tags}
    [instance_id] = deployment.sandbox.fleet.load([group], deployment.sandbox.account, REGION)
    deployment.evaluate("one")
    return instance_id


def compliance_change(deployment: Deployment, instance_id: str) -> dict[str, Any]:
    """The event that Config sends when an instance becomes NON_COMPLIANT."""
    return {
        "source": "aws.config",
        "detail-type": "Config Rules Compliance Change",
        "detail": {
            "resourceId": instance_id,
            "resourceType": "AWS::EC2::Instance",
            "awsRegion": REGION,
            "awsAccountId": deployment.sandbox.account,
            "configRuleName": "one",
            "messageType": "ComplianceChangeNotification",
            "newEvaluationResult": {"complianceType": "NON_COMPLIANT"},
        },
    }


def tell(deployment: Deployment, instance_id: str) -> tuple[list[Any], list[Any]]:
    """Deliver a compliance change; return the executions and the e-mails that followed."""
    sandbox = deployment.sandbox
    executions, mails = len(runs(deployment)), len(sandbox.inbox.messages)
    sandbox.events.deliver(sandbox.account, REGION, compliance_change(deployment, instance_id))
    sandbox.settle()
    new = [mail for mail in deployment.mail_since(mails) if mail.to == "one@example.com"]
    return runs(deployment)[executions:], new


def runs(deployment: Deployment) -> list[Any]:
    return deployment.sandbox.automation.executions(deployment.sandbox.account, REGION)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (
            "function",
            [*EVALUATOR, *EVALUATOR_OPTIONAL_READS, EVALUATOR_OF_TAGS, EVALUATOR_OF_NOTHING, *LOGS],
        ),
        ("event_rule", EVENT_RULE),
        ("automation", [*RUNBOOK, USER_STEP]),
        ("responder", [*{*OPTIONAL_READS, *DIAGNOSIS_READS, *REMINDER_READS}, *LOGS, "sns:Publish"]),
        ("reminder", EVENT_RULE),
    ],
)
def test_the_lists_here_are_all_that_the_roles_may_do(
    deployment: Deployment, role: str, expected: list[str]
) -> None:
    policies = role_policies(deployment.sandbox, deployment.outputs["one"][f"{role}_role_name"])
    actions = {
        action
        for document in policies.values()
        for statement in document["Statement"]
        for action in actions_of(statement)
    }
    assert actions == set(expected)


def assert_warns(deployment: Deployment, action: str, code: str) -> None:
    """A run of the evaluator without the action succeeds, and its log says what could not be read."""
    before = len(deployment.log_lines())
    deployment.start_anew("one")  # a process asks for some of it once
    with without(deployment.sandbox, deployment.outputs["one"]["function_role_name"], action):
        deployment.evaluate("one")
    [warning] = [line for line in deployment.log_lines()[before:] if f'"code": "{code}"' in line]
    assert f"not authorized to perform: {action}" in warning
    status = deployment.status("one")
    assert status["LastSuccessfulInvocationTime"] > status.get("LastFailedInvocationTime", BEGINNING)


def assert_fails_visibly(
    deployment: Deployment, action: str, block: str = "one", region: str = REGION
) -> None:
    """A run of the evaluator without the action fails, and its log says why; the next one succeeds."""
    with without(deployment.sandbox, deployment.outputs[block]["function_role_name"], action):
        deployment.evaluate(block, region)
    status = deployment.status(block, region)
    assert status["LastFailedInvocationTime"] > status["LastSuccessfulInvocationTime"]
    lines = deployment.log_lines(block, region)
    assert [line for line in lines if f"not authorized to perform: {action}" in line]
    deployment.evaluate(block, region)
    status = deployment.status(block, region)
    assert status["LastSuccessfulInvocationTime"] > status["LastFailedInvocationTime"]


@pytest.mark.parametrize("action", EVALUATOR)
def test_without_an_action_the_evaluator_fails_visibly(
    deployment: Deployment, machine: str, action: str
) -> None:
    assert_fails_visibly(deployment, action)
    assert deployment.compliance("one")[machine] == "NON_COMPLIANT"


@pytest.mark.parametrize(("action", "code"), EVALUATOR_OPTIONAL_READS.items())
@pytest.mark.usefixtures("machine")
def test_without_an_optional_read_the_evaluator_warns(deployment: Deployment, action: str, code: str) -> None:
    assert_warns(deployment, action, code)


def test_without_reading_tags_a_scope_of_tags_fails_visibly(deployment: Deployment) -> None:
    assert_fails_visibly(deployment, EVALUATOR_OF_TAGS, "scoped", "eu-west-1")


def test_without_putting_its_event_a_run_with_a_change_fails_visibly(deployment: Deployment) -> None:
    group = {"name": "machine", "ping": "ConnectionLost", "tags": {"Environment": "production"}}
    deployment.sandbox.fleet.load([group], deployment.sandbox.account, "eu-west-1")
    assert_fails_visibly(deployment, EVALUATOR_OF_CHANGES, "scoped", "eu-west-1")


@pytest.mark.parametrize("action", LOGS)
@pytest.mark.usefixtures("machine")
def test_without_a_log_permission_the_log_stays_empty(deployment: Deployment, action: str) -> None:
    before = deployment.log_lines()
    deployment.start_anew("one")  # a process makes its log stream once
    with without(deployment.sandbox, deployment.outputs["one"]["function_role_name"], action):
        deployment.evaluate("one")
    assert deployment.log_lines() == before
    deployment.start_anew("one")
    deployment.evaluate("one")
    assert len(deployment.log_lines()) > len(before)


@pytest.mark.parametrize("action", EVENT_RULE)
def test_without_an_action_the_event_lands_in_the_queue(
    deployment: Deployment, machine: str, action: str
) -> None:
    sqs = deployment.sandbox.client("sqs", REGION)
    queue = deployment.outputs["one"]["dead_letter_queue_url"]
    with without(deployment.sandbox, deployment.outputs["one"]["event_rule_role_name"], action):
        executions, mails = tell(deployment, machine)
    assert not executions
    assert not mails
    [message] = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert (
        f"not authorized to perform: {action}" in message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]
    )
    assert json.loads(message["Body"])["detail"]["resourceId"] == machine


@pytest.mark.parametrize("action", OPTIONAL_READS)
def test_what_could_not_be_read_is_in_the_message(deployment: Deployment, machine: str, action: str) -> None:
    """The message is sent, so the execution succeeds; its output has the same text."""
    with without(deployment.sandbox, deployment.outputs["one"]["responder_role_name"], action):
        [execution], [mail] = tell(deployment, machine)
    unread = mail.body.partition("COULD NOT BE READ\n")[2].partition("\n\n")[0]
    assert f"({action.partition(':')[2]})" in unread
    assert execution.status == "Success"
    [problem] = execution.summary()["Outputs"]["Notify.Problem"]
    assert problem == "; ".join(line.strip() for line in unread.splitlines())


def test_a_user_s_step_that_may_not_is_in_the_message(deployment: Deployment, machine: str) -> None:
    with without(deployment.sandbox, deployment.outputs["one"]["automation_role_name"], USER_STEP):
        [execution], [mail] = tell(deployment, machine)
    assert "TagInstance: Failed" in mail.body
    assert f"not authorized to perform: {USER_STEP}" in mail.body
    assert execution.status == "Success"


def assert_is_sentence(execution: Any, mail: Any, machine: str) -> None:
    """The last resort names the machine, and the execution that says more."""
    assert all(fact in mail.body for fact in (machine, execution.account, REGION, execution.id))
    assert "DO THIS FIRST" not in mail.body


def test_if_the_responder_may_not_publish_a_sentence_is_published(
    deployment: Deployment, machine: str
) -> None:
    with without(deployment.sandbox, deployment.outputs["one"]["responder_role_name"], "sns:Publish"):
        [execution], [mail] = tell(deployment, machine)
    assert_is_sentence(execution, mail, machine)
    [problem] = execution.summary()["Outputs"]["Notify.Problem"]
    assert "not authorized to perform: sns:Publish" in problem.replace("SNS:", "sns:")


def test_if_the_responder_cannot_be_asked_a_sentence_is_published(
    deployment: Deployment, machine: str
) -> None:
    automation = deployment.outputs["one"]["automation_role_name"]
    with without(deployment.sandbox, automation, "lambda:InvokeFunction"):
        [execution], [mail] = tell(deployment, machine)
    assert_is_sentence(execution, mail, machine)
    assert execution.status == "Failed"
    failure = execution.steps["Notify"].failure_message
    assert "not authorized to perform: lambda:InvokeFunction" in failure


def test_if_nothing_can_be_published_the_execution_says_so(deployment: Deployment, machine: str) -> None:
    roles = [deployment.outputs["one"][f"{name}_role_name"] for name in ("automation", "responder")]
    with ExitStack() as stack:
        for role in roles:
            stack.enter_context(without(deployment.sandbox, role, "sns:Publish"))
        [execution], mails = tell(deployment, machine)
    assert not mails
    assert execution.status == "Failed"
    failure = execution.steps["PublishSentence"].failure_message
    assert "not authorized to perform: sns:Publish" in failure.replace("SNS:", "sns:")


def test_without_the_action_for_an_empty_account_the_evaluator_warns(deployment: Deployment) -> None:
    """The last test here: it ends with nothing running."""
    sandbox = deployment.sandbox
    running = sandbox.client("ec2", REGION).describe_instance_status()["InstanceStatuses"]
    for status in running:
        sandbox.fleet.terminate(status["InstanceId"])
    deployment.evaluate("one")  # takes the results back
    assert_warns(deployment, EVALUATOR_OF_NOTHING, "optional-read-failed")
