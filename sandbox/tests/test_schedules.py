import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.account import Sandbox
from sandbox.gateway import AwsError, Call
from sandbox.inventory import inventory
from sandbox.tests.deployments import ACCOUNT, REGION, allow, make_role, refused, session

ARN = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default"
GROUP = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/default"
TRUST = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": GROUP}}
RULE = f"arn:aws:config:{REGION}:{ACCOUNT}:config-rule/"
MAY_START = allow("config:StartConfigRulesEvaluation", "ssm:StartAutomationExecution")
ONCE = "<aws.scheduler.scheduled-time>"


class Targets:
    """Answers what schedules call and keeps the calls; `refusals` is how many are refused first."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.refusals = 0

    def answer(self, call: Call) -> dict[str, Any]:
        self.calls.append(call.params)
        if len(self.calls) <= self.refusals:
            raise AwsError("LimitExceededException", "not now")
        return {}


@pytest.fixture
def targets(sandbox: Sandbox) -> Iterator[Targets]:
    """Take away what a test leaves afterwards."""
    targets = Targets()
    sandbox.gateway.operations["config", "StartConfigRulesEvaluation"] = targets.answer
    sandbox.gateway.operations["ssm", "StartAutomationExecution"] = targets.answer
    yield targets
    scheduler = sandbox.client("scheduler", REGION)
    for schedule in scheduler.list_schedules()["Schedules"]:
        scheduler.delete_schedule(Name=schedule["Name"])
    sandbox.settle()
    sandbox.schedules.failed.clear()


def schedule(sandbox: Sandbox, *statements: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """Return a schedule as `CreateSchedule` takes it; its role may do what the statements say."""
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:config:startConfigRulesEvaluation",
        "RoleArn": make_role(sandbox, "scheduler", list(statements), TRUST),
        "Input": json.dumps({"ConfigRuleNames": ["rule"]}),
        "RetryPolicy": {"MaximumRetryAttempts": 0},
    }
    return {
        "Name": "schedule",
        "ScheduleExpression": "rate(5 minutes)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        **settings,
        "Target": target | settings.get("Target", {}),
    }


def create(sandbox: Sandbox, *statements: dict[str, Any], **settings: Any) -> dict[str, Any]:
    made = schedule(sandbox, *statements, **settings)
    sandbox.client("scheduler", REGION).create_schedule(**made)
    sandbox.settle()
    return made


def test_a_schedule_calls_at_once_and_then_at_its_rate_until_it_is_changed(
    sandbox: Sandbox, targets: Targets
) -> None:
    scheduler, calls = sandbox.client("scheduler", REGION), targets.calls
    made = create(sandbox, MAY_START)
    assert calls == [{"ConfigRuleNames": ["rule"]}]
    assert f"{REGION} scheduler schedule" in inventory(sandbox)
    sandbox.clock.move(timedelta(minutes=21))
    assert (len(calls), sandbox.schedules.failed) == (5, [])
    scheduler.update_schedule(**made | {"ScheduleExpression": "rate(2 minutes)"})
    sandbox.clock.move(timedelta(minutes=9))
    assert len(calls) == 10
    scheduler.update_schedule(**made | {"State": "DISABLED"})
    sandbox.clock.move(timedelta(minutes=59))
    assert len(calls) == 10
    scheduler.update_schedule(**made)
    sandbox.settle()
    scheduler.delete_schedule(Name="schedule")
    sandbox.clock.move(timedelta(minutes=9))
    assert len(calls) == 11


def test_a_schedule_by_cron_calls_in_its_time_zone_and_not_at_once(
    sandbox: Sandbox, targets: Targets
) -> None:
    at = (sandbox.clock.now() + timedelta(minutes=3)).astimezone(ZoneInfo("Asia/Kolkata"))
    cron = f"cron({at.minute} {at.hour} * * ? *)"
    create(sandbox, MAY_START, ScheduleExpression=cron, ScheduleExpressionTimezone="Asia/Kolkata")
    sandbox.clock.move(timedelta(minutes=1))
    assert targets.calls == []
    sandbox.clock.move(timedelta(minutes=5))
    assert len(targets.calls) == 1


def test_a_start_that_is_tried_again_has_the_time_that_it_was_due(sandbox: Sandbox, targets: Targets) -> None:
    targets.refusals = 1
    due = (sandbox.clock.now() + timedelta(minutes=3)).replace(second=0)
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution",
        "Input": json.dumps({"DocumentName": "late", "Parameters": {"Kind": [ONCE]}}),
        "RetryPolicy": {"MaximumRetryAttempts": 1},
    }
    create(sandbox, MAY_START, ScheduleExpression=f"cron({due.minute} {due.hour} * * ? *)", Target=target)
    sandbox.clock.move(timedelta(minutes=6))
    call = {"DocumentName": "late", "Parameters": {"Kind": [f"{due:%Y-%m-%dT%H:%M:%SZ}"]}}
    assert targets.calls == [call, call]
    assert len(sandbox.schedules.failed) == 1


@pytest.mark.parametrize(
    ("policy", "tries"),
    [
        ({"MaximumRetryAttempts": 0}, 1),
        ({"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 120}, 2),
        ({"MaximumRetryAttempts": 9, "MaximumEventAgeInSeconds": 180}, 3),
    ],
)
def test_a_refused_call_is_retried_as_often_as_the_policy_says(
    sandbox: Sandbox, targets: Targets, policy: dict[str, int], tries: int
) -> None:
    targets.refusals = tries
    create(sandbox, MAY_START, ScheduleExpression="rate(30 minutes)", Target={"RetryPolicy": policy})
    sandbox.clock.move(timedelta(minutes=25))
    assert len(targets.calls) == tries
    [failed, *_] = sandbox.schedules.failed
    assert (failed.error_code, failed.schedule_arn) == ("LimitExceededException", f"{ARN}/schedule")
    sandbox.clock.move(timedelta(minutes=6))
    assert (len(targets.calls), len(sandbox.schedules.failed)) == (tries + 1, tries)


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        (allow("config:PutEvaluations"), ["AccessDeniedException"]),
        (MAY_START | {"Resource": f"{RULE}*"}, []),
        (MAY_START | {"Resource": f"{RULE}config-rule-other1"}, ["AccessDeniedException"]),
    ],
)
def test_the_role_needs_the_permission(
    sandbox: Sandbox, targets: Targets, statement: dict[str, Any], codes: list[str]
) -> None:
    create(sandbox, statement)
    assert [failed.error_code for failed in sandbox.schedules.failed] == codes
    assert len(targets.calls) == (0 if codes else 1)


@pytest.mark.parametrize(
    ("service", "condition"),
    [
        ("events", None),
        ("scheduler", {"StringEquals": {"aws:SourceAccount": "210987654321"}}),
        ("scheduler", {"ArnLike": {"aws:SourceArn": f"{ARN}/schedule"}}),
    ],
)
def test_the_role_must_trust_scheduler_for_the_schedules_group(
    sandbox: Sandbox, service: str, condition: Any
) -> None:
    role = make_role(sandbox, service, [MAY_START], condition)
    with refused("ValidationException.*to assume the role"):
        create(sandbox, Target={"RoleArn": role})


def test_the_caller_passes_the_role(sandbox: Sandbox) -> None:
    holder = session(sandbox, {**allow("scheduler:CreateSchedule"), "Resource": f"{ARN}/schedule"})
    caller = sandbox.access.client("scheduler", REGION, holder)
    for name, needed in (("schedule", "iam:PassRole"), ("another", "schedule/default/another")):
        with refused(f"AccessDeniedException.*{needed}"):
            caller.create_schedule(**schedule(sandbox, MAY_START, Name=name))
