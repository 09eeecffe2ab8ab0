"""The reminder: what was never delivered, and a monitor that is ill. The block is that of test_scope.py.

The tests leave its schedule and its document changed: this file comes after those that make plans.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.end_to_end.deployment.conftest import Deployment
from tests.end_to_end.deployment.test_permissions import EVENT_RULE, REMINDER_READS
from tests.end_to_end.deployment.test_scope import REGION, add, compliance, pass_time
from tests.end_to_end.deployment.test_several_blocks import BREAKS, broken_responder
from tests.end_to_end.role_policies import role_policies, without

NAME = "scoped-reminder"


@pytest.fixture(autouse=True)
def nothing_open(deployment: Deployment) -> Iterator[None]:
    """Before and after each test no machine is lost."""

    def terminate_all() -> None:
        ec2 = deployment.sandbox.client("ec2", REGION)
        for status in ec2.describe_instance_status()["InstanceStatuses"]:
            deployment.sandbox.fleet.terminate(status["InstanceId"])

    terminate_all()
    pass_time(deployment, 6)
    yield
    terminate_all()


def remind(deployment: Deployment) -> tuple[list[Any], list[Any]]:
    """Let the reminder be due within the next two minutes; return its executions and its e-mails."""
    sandbox = deployment.sandbox
    scheduler = sandbox.client("scheduler", REGION)
    schedule = scheduler.get_schedule(Name=NAME)
    mails, executions = len(sandbox.inbox.messages), len(reminders(deployment))
    due = sandbox.clock.now() + timedelta(minutes=1)
    scheduler.update_schedule(
        Name=NAME,
        ScheduleExpression=f"cron({due.minute} {due.hour} {due.day} {due.month} ? {due.year})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=schedule["Target"],
    )
    sandbox.clock.move(timedelta(minutes=2))
    sandbox.settle()
    return reminders(deployment)[executions:], sent_since(deployment, mails)


def reminders(deployment: Deployment) -> list[Any]:
    executions = deployment.sandbox.automation.executions(deployment.sandbox.account, REGION)
    return [execution for execution in executions if execution.document_name == NAME]


def sent_since(deployment: Deployment, mails: int) -> list[Any]:
    return [mail for mail in deployment.mail_since(mails) if mail.to == "scoped@example.com"]


@contextmanager
def events_lost(deployment: Deployment) -> Iterator[None]:
    deployment.sandbox.events.is_lost = lambda _: True
    try:
        yield
    finally:
        deployment.sandbox.events.is_lost = lambda _: False


def test_what_eventbridge_lost_is_told_by_the_reminder(deployment: Deployment) -> None:
    with events_lost(deployment):
        machine = add(deployment, ping="ConnectionLost", last_ping_minutes_ago=180)
        assert pass_time(deployment, 6) == []
    assert compliance(deployment, machine) == "NON_COMPLIANT"
    [execution], [mail] = remind(deployment)
    assert execution.status == "Success"
    assert mail.subject.startswith("SSM Agents still lost: 1 machine in ")
    assert f"({machine})" in mail.body
    assert "for about 3 hours" in mail.body


def test_on_a_day_with_nothing_to_say_there_is_no_message(deployment: Deployment) -> None:
    silent = (deployment.sandbox.clock.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    machine = add(deployment, ping="ConnectionLost")
    pass_time(deployment, 6)
    deployment.sandbox.fleet.tag(machine, **{"silenced-until": silent})
    [execution], mails = remind(deployment)
    assert (execution.status, mails) == ("Success", [])
    [result] = execution.summary()["Outputs"]["Remind.Result"]
    left_out = f"; left out: 1 ({machine}: silenced until {silent})"  # unless the rule has run since
    assert result.removesuffix(left_out) == "no message: nothing is open"


def test_a_monitor_that_is_ill_says_so_with_the_error(deployment: Deployment) -> None:
    iam = deployment.sandbox.client("iam", REGION)
    role = deployment.outputs["scoped"]["function_role_name"]
    [(name, policy)] = role_policies(deployment.sandbox, role).items()
    iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        pass_time(deployment, 16)
        [execution], [mail] = remind(deployment)
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
    assert execution.status == "Success"
    assert "SSM Agent monitor problem" in mail.subject
    assert "no evaluation for" in mail.subject
    assert "not authorized to perform" in mail.body
    pass_time(deployment, 6)
    assert remind(deployment)[1] == []


def test_events_in_the_dead_letter_queue_are_told(deployment: Deployment) -> None:
    sqs = deployment.sandbox.client("sqs", REGION)
    queue = deployment.outputs["scoped"]["dead_letter_queue_url"]
    sqs.send_message(QueueUrl=queue, MessageBody="an event")
    try:
        _, [mail] = remind(deployment)
    finally:
        sqs.purge_queue(QueueUrl=queue)
    assert "1 undelivered event" in mail.subject
    assert "dead-letter queue scoped-undelivered" in mail.body


@pytest.mark.parametrize("action", REMINDER_READS)
def test_what_could_not_be_read_is_in_the_reminder(deployment: Deployment, action: str) -> None:
    with without(deployment.sandbox, deployment.outputs["scoped"]["responder_role_name"], action):
        [execution], [mail] = remind(deployment)
    unread = mail.body.partition("COULD NOT BE READ\n")[2]
    assert f"({action.partition(':')[2]})" in unread
    assert execution.status == "Success"
    [problem] = execution.summary()["Outputs"]["Remind.Problem"]
    assert f"({action.partition(':')[2]})" in problem


@pytest.mark.parametrize("action", EVENT_RULE)
def test_a_reminder_that_could_not_start_is_tried_again(deployment: Deployment, action: str) -> None:
    add(deployment, ping="ConnectionLost")
    pass_time(deployment, 6)
    with without(deployment.sandbox, deployment.outputs["scoped"]["reminder_role_name"], action):
        assert remind(deployment) == ([], [])
    before = len(deployment.sandbox.inbox.messages)
    deployment.sandbox.clock.move(timedelta(minutes=4))
    deployment.sandbox.settle()
    assert [mail.subject[:21] for mail in sent_since(deployment, before)] == ["SSM Agents still lost"]


@pytest.mark.parametrize("how", BREAKS)
def test_if_the_reminder_cannot_be_made_a_sentence_is_published(deployment: Deployment, how: str) -> None:
    with broken_responder(deployment, "scoped", how, REGION):
        [execution], [mail] = remind(deployment)
    assert execution.status == "Failed"
    assert mail.subject == f"SSM Agent reminder failed in {deployment.sandbox.account} {REGION}"
