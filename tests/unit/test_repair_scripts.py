"""The steps of the repair: each decides anew, is bounded, and may be stopped anywhere."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import act
import boto3
import evaluate_again
import host_setting
import plan_repair
import pytest
import report_repair
import wait_online
from jsonschema import validate
from texts import value_of

from tests.unit.golden_messages import SCHEMA
from tests.unit.repair_account import CHANGES, DOCUMENT, RepairAccount, StoppedError
from tests.unit.repair_facts_of import ID, REPAIRED_AT, SETTINGS

ACTING = SETTINGS | {"Document": DOCUMENT, "NeedsApproval": False}
PREVIEW = SETTINGS | {"Document": "", "NeedsApproval": False}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> RepairAccount:
    return answering(monkeypatch, RepairAccount())


def answering(monkeypatch: pytest.MonkeyPatch, account: RepairAccount) -> RepairAccount:
    """The account answers all calls, and no time passes while a script waits."""
    monkeypatch.setattr(boto3, "client", account.client)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    host_setting.read_host_setting.cache_clear()
    return account


def acted(action: str = "reboot", machine_id: str = ID, execution: str = "execution-0") -> dict[str, str]:
    events = {"InstanceId": machine_id, "Action": action, "ExecutionId": execution, "Repair": ACTING}
    return act.handler(events, None)


def test_a_machine_is_rebooted_once_the_tag_says_so(account: RepairAccount) -> None:
    assert acted() == {"Acted": "reboot", "Result": "reboot the machine: done"}
    assert account.repairs == [("reboot", ID)]
    assert account.calls[-2:] == ["create_tags", "reboot_instances"]
    repaired_at = datetime.fromisoformat(account.tags[ID][REPAIRED_AT])
    assert abs((datetime.now(UTC) - repaired_at).total_seconds()) < 60


def test_a_profile_is_attached(monkeypatch: pytest.MonkeyPatch) -> None:
    account = answering(monkeypatch, RepairAccount(has_profile=False))
    assert acted("attach") == {"Acted": "attach", "Result": "attach the instance profile agents: done"}
    assert account.repairs == [("attach", ID)]


def test_a_machine_that_default_host_management_serves_is_rebooted_as_planned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = answering(monkeypatch, RepairAccount(has_profile=False))
    changed = account.now - timedelta(days=1)
    account.setting = {"SettingValue": "role", "Status": "Customized", "LastModifiedDate": changed}
    assert acted("reboot") == {"Acted": "reboot", "Result": "reboot the machine: done"}


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("ServiceSettingNotFound", "reboot the machine: done"),
        ("AccessDenied", "nothing was done: Default Host"),
    ],
)
def test_a_region_without_the_setting_has_default_host_management_off(
    account: RepairAccount, code: str, result: str
) -> None:
    account.refused["get_service_setting"] = code
    assert acted()["Result"].startswith(result)


@pytest.mark.parametrize("action", ["attach", "reboot"])
def test_what_was_not_planned_is_not_done(monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    account = answering(monkeypatch, RepairAccount(has_profile=action == "attach"))
    assert acted(action) == {
        "Acted": "none",
        "Result": f"nothing was done: what was planned ({action}) is no longer what it needs",
    }
    assert not set(account.calls) & set(CHANGES)


def test_what_holds_back_meanwhile_is_read_anew(account: RepairAccount) -> None:
    account.online.add(ID)
    assert acted()["Result"] == "nothing was done: its SSM Agent answers again"
    assert not set(account.calls) & set(CHANGES)


@pytest.mark.parametrize(
    "operation",
    [
        "describe_instances",
        "describe_instance_information",
        "describe_instance_status",
        "describe_iam_instance_profile_associations",
        "describe_auto_scaling_instances",
        "get_service_setting",
        "describe_automation_executions",
    ],
)
def test_what_cannot_be_read_holds_back(account: RepairAccount, operation: str) -> None:
    account.refused[operation] = "AccessDenied"
    assert "could not be read: AccessDenied" in acted()["Result"]
    assert account.repairs == []


def test_without_its_tag_nothing_is_repaired(account: RepairAccount) -> None:
    account.refused["create_tags"] = "UnauthorizedOperation"
    assert acted()["Result"].startswith(
        "nothing was done: the tag agents:repaired-at was not written: An error"
    )
    assert account.repairs == []


def test_a_repair_that_fails_is_a_result_and_counts_for_the_cool_down(account: RepairAccount) -> None:
    account.refused["reboot_instances"] = "UnauthorizedOperation"
    answer = acted()
    assert answer["Acted"] == "none"
    assert answer["Result"].startswith(
        "to reboot the machine failed, and it is not tried again within 24 hours: An error occurred"
    )
    assert "it was repaired at" in acted()["Result"]


def test_of_20_at_once_no_more_act_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = tuple(f"i-{number:017}" for number in range(20))
    account = answering(monkeypatch, RepairAccount(ids))
    # Half of them started in the same second: then the id decides.
    account.running = [(f"execution-{number:02}", number // 10) for number in range(20)]
    results = [
        acted("reboot", each, f"execution-{number:02}") for number, each in reversed([*enumerate(ids)])
    ]
    assert sorted(account.repairs) == [("reboot", each) for each in ids[:5]]
    assert results[0]["Result"] == "nothing was done: 19 repairs run already, of at most 5"


def test_an_execution_that_is_not_listed_does_not_act(account: RepairAccount) -> None:
    account.running = []
    assert acted()["Result"] == (
        "nothing was done: Systems Manager does not list this repair among those that run"
    )
    assert account.calls.count("describe_automation_executions") == 3


def test_stopped_anywhere_and_repeated_it_repairs_at_most_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = answering(monkeypatch, RepairAccount())
    acted()
    for stop in range(len(whole.calls) + 1):
        account = answering(monkeypatch, RepairAccount())
        account.stops_after = stop
        with pytest.raises(StoppedError):
            acted()
        account.stops_after = None
        acted()
        acted()
        assert len(account.repairs) <= 1, stop
        if len(account.repairs) == 1:
            assert REPAIRED_AT in account.tags[ID]


def test_the_wait_ends_when_the_agent_answers(account: RepairAccount) -> None:
    account.repairs, account.comes_back_after = [("reboot", ID)], 3
    events = {"InstanceId": ID, "Acted": "reboot", "Seconds": 540}
    assert wait_online.handler(events, None) == {"Online": "yes", "Result": "its SSM Agent answers again"}


def test_an_agent_that_stays_away_is_a_result(account: RepairAccount) -> None:
    assert wait_online.handler({"InstanceId": ID, "Acted": "reboot", "Seconds": 0}, None) == {
        "Online": "no",
        "Result": "its SSM Agent did not answer within 0 minutes: it may take up to an hour to try again",
    }
    account.refused["describe_instance_information"] = "AccessDenied"
    answer = wait_online.handler({"InstanceId": ID, "Acted": "reboot", "Seconds": 0}, None)
    assert "its SSM Agent could not be read" in answer["Result"]


def test_where_nothing_was_done_nothing_is_waited_for(account: RepairAccount) -> None:
    answer = wait_online.handler({"InstanceId": ID, "Acted": "none", "Seconds": 540}, None)
    assert answer["Online"] == "no"
    assert evaluate_again.handler({"RuleName": "agents", "Online": "no"}, None) == {"Result": "not asked for"}
    assert account.calls == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "the rule is being evaluated"),
        ("LimitExceededException", "the rule is evaluated at its next run"),
        ("ResourceInUseException", "the rule is evaluated at its next run"),
        ("AccessDeniedException", "the rule is evaluated at its next run: An error occurred"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_now_is_no_error(
    account: RepairAccount, code: str, said: str
) -> None:
    account.refused = {"start_config_rules_evaluation": code} if code else {}
    answer = evaluate_again.handler({"RuleName": "agents", "Online": "yes"}, None)
    assert answer["Result"].startswith(said)


EVENTS: dict[str, Any] = {
    "TopicArn": "arn:aws:sns:eu-west-1:111122223333:agents",
    "ChatTopicArn": "",
    "InstanceId": ID,
    "AccountId": "111122223333",
    "Region": "eu-west-1",
    "RuleName": "agents",
    "DetectedAt": "2026-03-01T12:00:00Z",
    "ExecutionId": "execution-0",
    "ConsoleHost": "console.aws.amazon.com",
    "GuideUrl": "",
    "TagKeys": [],
}


def step(name: str, **outputs: str) -> dict[str, Any]:
    return {
        "StepName": name,
        "StepStatus": "Success",
        "Outputs": {key: [value] for key, value in outputs.items()},
    }


def test_the_outcome_is_told_in_one_message(account: RepairAccount) -> None:
    account.online.add(ID)
    account.steps = [
        step("Act", Acted="reboot", Result="reboot the machine: done"),
        step("Wait", Online="yes", Result="its SSM Agent answers again"),
        step("Evaluate", Result="the rule is being evaluated"),
    ]
    report_repair.handler(EVENTS, None)
    [sent] = account.sent
    assert sent["Subject"] == f"SSM Agent repair: {ID}: machine rebooted, agent online"
    bodies = json.loads(sent["Message"])
    assert bodies["email"].startswith(
        f"Repair of EC2 instance {ID} in 111122223333 eu-west-1: machine rebooted, agent online.\n\n"
        "WHAT WAS DONE\n  Repair: reboot the machine: done\n  Agent: its SSM Agent answers again\n"
        "  AWS Config: the rule is being evaluated\n"
    )
    facts = json.loads(bodies["default"])
    validate(facts, SCHEMA)
    assert (facts["kind"], facts["status"], facts["repair"]["action"]) == ("repair", "online", "reboot")
    assert facts["key"] == f"ssm-agent/111122223333/eu-west-1/{ID}"


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ([step("Act", Acted="none", Result="nothing was done: spot")], "nothing was done"),
        (
            [step("Act", Acted="attach"), step("Wait", Online="no")],
            "instance profile attached, agent not online yet",
        ),
        ([{"StepName": "Act", "StepStatus": "TimedOut"}], "failed, see its execution"),
        ([], "failed, see its execution"),
    ],
)
def test_every_outcome_has_a_subject_that_sns_takes(
    account: RepairAccount, steps: list[dict[str, Any]], outcome: str
) -> None:
    account.steps = steps
    report_repair.handler(EVENTS, None)
    [sent] = account.sent
    assert sent["Subject"] == f"SSM Agent repair: {ID}: {outcome}"
    assert len(sent["Subject"]) <= 99
    assert sent["Subject"].isascii()
    validate(json.loads(json.loads(sent["Message"])["default"]), SCHEMA)


def planned(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], lines: list[str] | None = None
) -> dict[str, Any]:
    fine = {"Check": "route", "Verdict": "fine", "Found": "a route"}
    monkeypatch.setattr(plan_repair, "findings_of_steps", lambda *_: ({ID: [fine]}, []))
    events = {
        "Machines": lines or [f"Lost | {ID} | COMPLIANT 2026-03-01T11:00:00Z | Lost connection"],
        "ExecutionId": "diagnosis",
        "Steps": ["Machine", "Identity", "Network"],
        "Repair": settings,
    }
    plan: dict[str, Any] = value_of(plan_repair.handler(events, None)["Plan"])
    return plan


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            PREVIEW,
            r'With repair.mode = "act", the runbook would now reboot the machine\. As it is, .*',
        ),
        (ACTING, r"The runbook will now reboot the machine\. A message with the outcome follows\."),
        (
            ACTING | {"NeedsApproval": True},
            r"The runbook will reboot the machine if that is approved within an hour: open Execution, .*",
        ),
    ],
)
def test_the_plan_says_what_will_be_done(
    account: RepairAccount, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], said: str
) -> None:
    account.running = []
    plan = planned(monkeypatch, settings)
    assert (plan["Action"], plan["HeldBack"]) == ("reboot", [])
    assert re.fullmatch(said, plan["Text"])
    assert not set(account.calls) & set(CHANGES)


def test_the_plan_says_what_holds_it_back(account: RepairAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    account.tags[ID] = {}
    plan = planned(monkeypatch, ACTING)
    assert plan == {
        "Action": "",
        "Text": "The runbook would reboot the machine, but is held back.",
        "HeldBack": ["it does not have the tag Repair = yes"],
    }


@pytest.mark.usefixtures("account")
def test_a_step_that_found_nothing_holds_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        plan_repair, "findings_of_steps", lambda *_: ({ID: []}, ["the step Network: TimedOut"])
    )
    events = {"Machines": [f"Lost | {ID} | | "], "ExecutionId": "x", "Steps": [], "Repair": PREVIEW}
    plan = value_of(plan_repair.handler(events, None)["Plan"])
    assert (plan["Action"], plan["HeldBack"]) == ("", ["the step Network: TimedOut"])


@pytest.mark.parametrize(
    "lines", [[f"Recovered | {ID} | NON_COMPLIANT x | "], [f"Lost | {ID} | | ", "Lost | i-00000001 | | "]]
)
def test_only_a_single_machine_that_was_lost_is_repaired(
    account: RepairAccount, monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    assert planned(monkeypatch, ACTING, lines)["Action"] == ""
    assert account.calls == []
