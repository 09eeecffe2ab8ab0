"""The reminder: what was never delivered, and a monitor that is ill. The block is that of test_scope.py.

The tests leave its schedule and its document changed: this file comes after those that make plans.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sandbox.automation.execution import Execution
from sandbox.mail import Email
from tests.end_to_end.deployment.conftest import Deployment
from tests.end_to_end.deployment.test_scope import REGION, add, compliance, pass_time
from tests.end_to_end.deployment.test_several_blocks import BROKEN_CODE, broken_responder
from tests.end_to_end.role_policies import denied_one_by_one, without

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


def remind(deployment: Deployment) -> tuple[list[Execution], list[Email]]:
    """Let the reminder be due within the next two minutes; return its executions and its e-mails."""
    scheduler = deployment.sandbox.client("scheduler", REGION)
    before, due = deployment.executions(REGION), deployment.sandbox.clock.now() + timedelta(minutes=1)
    scheduler.update_schedule(
        Name=NAME,
        ScheduleExpression=f"cron({due.minute} {due.hour} {due.day} {due.month} ? {due.year})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=scheduler.get_schedule(Name=NAME)["Target"],
    )
    sent = [mail for mail in deployment.pass_time(2) if mail.to == "scoped@example.com"]
    started = deployment.executions(REGION)[len(before) :]
    return [execution for execution in started if execution.document_name == NAME], sent


def test_events_that_were_lost_or_not_delivered_are_told_by_the_reminder(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(deployment.sandbox.events, "is_lost", lambda _: True)
        machine = add(deployment, ping="ConnectionLost", last_ping_minutes_ago=180)
        assert pass_time(deployment, 6) == []
    assert compliance(deployment, machine) == "NON_COMPLIANT"
    sqs = deployment.sandbox.client("sqs", REGION)
    queue = deployment.blocks["scoped"]["dead_letter_queue_url"]
    sqs.send_message(QueueUrl=queue, MessageBody="an event")
    [execution], [mail] = remind(deployment)
    sqs.purge_queue(QueueUrl=queue)
    assert execution.status == "Success"
    assert mail.subject.endswith(": 1 undelivered event; 1 machine lost")
    assert f"({machine})" in mail.body
    assert "for about 3 hours" in mail.body
    assert "dead-letter queue scoped-undelivered" in mail.body


def test_a_monitor_that_is_ill_says_so_with_the_error(deployment: Deployment) -> None:
    role = deployment.blocks["scoped"]["function_role_name"]
    with without(deployment.sandbox, role, "ssm:DescribeInstanceInformation"):
        pass_time(deployment, 16)
        [execution], [mail] = remind(deployment)
    assert execution.status == "Success"
    assert "SSM Agent monitor problem" in mail.subject
    assert "no evaluation for" in mail.subject
    assert "not authorized to perform" in mail.body
    pass_time(deployment, 6)
    assert remind(deployment)[1] == []


@denied_one_by_one
def test_what_could_not_be_read_is_in_the_reminder(deployment: Deployment, action: str) -> None:
    with without(deployment.sandbox, deployment.blocks["scoped"]["responder_role_name"], action):
        [execution], [mail] = remind(deployment)
    unread = mail.body.partition("COULD NOT BE READ\n")[2]
    assert f"({action.partition(':')[2]})" in unread
    assert execution.status == "Success"
    [problem] = execution.summary()["Outputs"]["Remind.Problem"]
    assert f"({action.partition(':')[2]})" in problem


@denied_one_by_one
def test_a_reminder_that_could_not_start_is_tried_again(deployment: Deployment, action: str) -> None:
    add(deployment, ping="ConnectionLost")
    pass_time(deployment, 6)
    with without(deployment.sandbox, deployment.blocks["scoped"]["reminder_role_name"], action):
        assert remind(deployment) == ([], [])
    assert [what for what, *_ in pass_time(deployment, 4)] == ["SSM Agents still lost"]


@pytest.mark.parametrize("how", BROKEN_CODE)
def test_if_the_reminder_cannot_be_made_a_sentence_is_published(deployment: Deployment, how: str) -> None:
    with broken_responder(deployment, "scoped", how, REGION):
        [execution], [mail] = remind(deployment)
    assert execution.status == "Failed"
    assert mail.subject == f"SSM Agent reminder failed in {deployment.sandbox.account} {REGION}"
