from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.inventory import inventory
from sandbox.tests.deployments import (
    ACCOUNT,
    REGION,
    allow,
    make_recorder,
    make_role,
    put_rule,
    session,
    set_results,
)

TARGET = "arn:aws:scheduler:::aws-sdk:config:startConfigRulesEvaluation"
GROUP = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/default"
TRUST = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": GROUP}}
MAY_START = allow("config:StartConfigRulesEvaluation")
DOCUMENT = """
schemaVersion: "0.3"
parameters:
  Kind: {type: String}
mainSteps:
  - {name: wait, action: "aws:sleep", inputs: {Duration: PT1S}, isEnd: true}
"""
LOST = ("AWS::EC2::Instance", "i-1", "NON_COMPLIANT", "lost")


@pytest.fixture(scope="module")
def sandbox(sandbox: Sandbox) -> Sandbox:
    make_recorder(sandbox)
    put_rule(sandbox)
    return sandbox


@pytest.fixture(autouse=True)
def no_schedules(sandbox: Sandbox) -> Iterator[None]:
    """Take away what a test leaves, and the minute in which a rule isn't evaluated again."""
    yield
    scheduler = sandbox.client("scheduler", REGION)
    for schedule in scheduler.list_schedules()["Schedules"]:
        scheduler.delete_schedule(Name=schedule["Name"])
    sandbox.clock.move(timedelta(minutes=2))
    sandbox.settle()
    sandbox.schedules.failed.clear()


def schedule(sandbox: Sandbox, *statements: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """Return a schedule as `CreateSchedule` takes it; its role may do what the statements say."""
    target = {
        "Arn": TARGET,
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


def evaluations(sandbox: Sandbox) -> int:
    """Return how often an evaluation was asked for, with success, so far."""
    called = [call for call in sandbox.calls.all() if call.operation == "StartConfigRulesEvaluation"]
    return sum(call.error is None for call in called)


def test_a_schedule_calls_at_once_and_then_at_its_rate(sandbox: Sandbox) -> None:
    before = evaluations(sandbox)
    create(sandbox, MAY_START)
    assert evaluations(sandbox) - before == 1
    sandbox.clock.move(timedelta(minutes=21))
    assert evaluations(sandbox) - before == 5
    assert sandbox.schedules.failed == []


def test_a_schedule_by_cron_calls_in_its_time_zone_and_not_at_once(sandbox: Sandbox) -> None:
    before = evaluations(sandbox)
    at = (sandbox.clock.now() + timedelta(minutes=3)).astimezone(ZoneInfo("Asia/Kolkata"))
    cron = f"cron({at.minute} {at.hour} * * ? *)"
    create(sandbox, MAY_START, ScheduleExpression=cron, ScheduleExpressionTimezone="Asia/Kolkata")
    sandbox.clock.move(timedelta(minutes=1))
    assert evaluations(sandbox) == before
    sandbox.clock.move(timedelta(minutes=5))
    assert evaluations(sandbox) - before == 1


def test_a_schedule_with_a_wrong_expression_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*Invalid Schedule Expression cron"):
        create(sandbox, MAY_START, ScheduleExpression="cron(0 8 * * *)")


@pytest.mark.parametrize("may_start", [True, False])
def test_a_schedule_starts_an_automation_if_its_role_may(sandbox: Sandbox, may_start: bool) -> None:
    name = f"runbook-{may_start}"
    sandbox.client("ssm", REGION).create_document(
        Name=name, DocumentType="Automation", DocumentFormat="YAML", Content=DOCUMENT
    )
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution",
        "Input": json.dumps({"DocumentName": name, "Parameters": {"Kind": ["reminder"]}}),
    }
    create(sandbox, allow(f"ssm:{'Start' if may_start else 'Get'}AutomationExecution"), Target=target)
    started = [each.parameters for each in sandbox.automation.executions() if each.document_name == name]
    assert started == ([{"Kind": "reminder"}] if may_start else [])
    codes = [failed.error_code for failed in sandbox.schedules.failed]
    assert codes == ([] if may_start else ["AccessDeniedException"])


def test_an_input_may_hold_the_time_that_a_schedule_was_due(sandbox: Sandbox) -> None:
    """A start that failed at first has the same time."""
    ssm = sandbox.client("ssm", REGION)
    due = (sandbox.clock.now() + timedelta(minutes=3)).replace(second=0)
    parameters = {"DocumentName": "late", "Parameters": {"Kind": ["<aws.scheduler.scheduled-time>"]}}
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution",
        "Input": json.dumps(parameters),
        "RetryPolicy": {"MaximumRetryAttempts": 1},
    }
    cron = f"cron({due.minute} {due.hour} * * ? *)"
    create(sandbox, allow("ssm:StartAutomationExecution"), ScheduleExpression=cron, Target=target)
    sandbox.clock.move(due - sandbox.clock.now() + timedelta(seconds=1))
    assert len(sandbox.schedules.failed) == 1
    ssm.create_document(Name="late", DocumentType="Automation", DocumentFormat="YAML", Content=DOCUMENT)
    sandbox.clock.move(timedelta(minutes=2))
    started = [each.parameters for each in sandbox.automation.executions() if each.document_name == "late"]
    assert started == [{"Kind": f"{due:%Y-%m-%dT%H:%M:%SZ}"}]


def test_what_it_starts_happens_at_its_time(sandbox: Sandbox) -> None:
    config = sandbox.client("config", REGION)
    create(sandbox, MAY_START)
    [rule] = config.describe_config_rules()["ConfigRules"]
    set_results(sandbox, rule["Source"]["SourceIdentifier"], LOST)
    started = sandbox.clock.now()
    sandbox.clock.move(timedelta(minutes=30))
    [result] = config.get_compliance_details_by_config_rule(ConfigRuleName="rule")["EvaluationResults"]
    assert result["ResultRecordedTime"] - started < timedelta(minutes=31)
    ordering = result["EvaluationResultIdentifier"]["OrderingTimestamp"]
    assert timedelta(minutes=24) < ordering - started < timedelta(minutes=31)


def test_a_refused_call_is_kept_and_the_next_one_comes_all_the_same(sandbox: Sandbox) -> None:
    sandbox.client("config", REGION).start_config_rules_evaluation(ConfigRuleNames=["rule"])
    sandbox.settle()
    before = evaluations(sandbox)
    create(sandbox, MAY_START)
    [failed] = sandbox.schedules.failed
    assert failed.error_code == "LimitExceededException"
    assert failed.schedule_arn == f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/schedule"
    sandbox.clock.move(timedelta(minutes=6))
    assert evaluations(sandbox) - before == 1
    assert len(sandbox.schedules.failed) == 1


@pytest.mark.parametrize("statements", [[], [allow("config:PutEvaluations")]])
def test_the_role_needs_the_permission(sandbox: Sandbox, statements: list[dict[str, Any]]) -> None:
    create(sandbox, *statements)
    assert [failed.error_code for failed in sandbox.schedules.failed] == ["AccessDeniedException"]


def test_a_permission_for_the_rule_alone_is_enough(sandbox: Sandbox) -> None:
    [rule] = sandbox.client("config", REGION).describe_config_rules()["ConfigRules"]
    create(sandbox, {**MAY_START, "Resource": rule["ConfigRuleArn"]})
    assert sandbox.schedules.failed == []
    other = f"arn:aws:config:{REGION}:{ACCOUNT}:config-rule/config-rule-other1"
    create(sandbox, {**MAY_START, "Resource": other}, Name="other")
    assert [failed.error_code for failed in sandbox.schedules.failed] == ["AccessDeniedException"]


@pytest.mark.parametrize(
    ("service", "condition"),
    [
        ("events", None),
        ("scheduler", {"StringEquals": {"aws:SourceAccount": "210987654321"}}),
        ("scheduler", {"ArnLike": {"aws:SourceArn": GROUP.replace("-group/default", "/default/schedule")}}),
    ],
)
def test_the_role_must_trust_scheduler_for_the_schedules_group(
    sandbox: Sandbox, service: str, condition: Any
) -> None:
    role = make_role(sandbox, service, [MAY_START], condition)
    with pytest.raises(ClientError, match=r"ValidationException.*to assume the role"):
        create(sandbox, Target={"RoleArn": role})


def test_a_changed_schedule_runs_at_its_new_rate_and_a_disabled_or_deleted_one_not_at_all(
    sandbox: Sandbox,
) -> None:
    scheduler = sandbox.client("scheduler", REGION)
    made = create(sandbox, MAY_START)
    sandbox.clock.move(timedelta(minutes=2))
    scheduler.update_schedule(**made | {"ScheduleExpression": "rate(2 minutes)"})
    sandbox.settle()
    before = evaluations(sandbox)
    sandbox.clock.move(timedelta(minutes=9))
    assert evaluations(sandbox) - before == 4
    scheduler.update_schedule(**made | {"State": "DISABLED"})
    sandbox.clock.move(timedelta(minutes=59))
    assert evaluations(sandbox) - before == 4
    scheduler.update_schedule(**made)
    sandbox.settle()
    before = evaluations(sandbox)
    scheduler.delete_schedule(Name="schedule")
    sandbox.clock.move(timedelta(minutes=9))
    assert evaluations(sandbox) == before


def test_the_caller_passes_the_role(sandbox: Sandbox) -> None:
    arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/schedule"
    holder = session(sandbox, {**allow("scheduler:CreateSchedule"), "Resource": arn})
    caller = sandbox.access.client("scheduler", REGION, holder)
    with pytest.raises(ClientError, match=r"AccessDeniedException.*iam:PassRole"):
        caller.create_schedule(**schedule(sandbox, MAY_START))
    with pytest.raises(ClientError, match=r"AccessDeniedException.*schedule/default/another"):
        caller.create_schedule(**schedule(sandbox, MAY_START, Name="another"))


def test_the_inventory_names_schedules(sandbox: Sandbox) -> None:
    create(sandbox, MAY_START)
    assert f"{REGION} scheduler schedule" in inventory(sandbox)


def test_a_refused_call_is_retried_as_often_as_the_policy_says(sandbox: Sandbox) -> None:
    sandbox.client("config", REGION).start_config_rules_evaluation(ConfigRuleNames=["rule"])
    sandbox.settle()
    before = evaluations(sandbox)
    retries = {"RetryPolicy": {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 120}}
    create(sandbox, MAY_START, ScheduleExpression="rate(30 minutes)", Target=retries)
    assert [failed.error_code for failed in sandbox.schedules.failed] == ["LimitExceededException"]
    sandbox.clock.move(timedelta(seconds=70))
    assert evaluations(sandbox) - before == 1
    assert len(sandbox.schedules.failed) == 1
