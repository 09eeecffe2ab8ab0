"""What the responder does about a repair: it plans it, decides on it, and reports it. It never acts."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from ssm_agent_monitor.responder.handler import respond
from tests.unit.repair_account import RepairAccount, StoppedError
from tests.unit.repair_facts_of import ID, REPAIRED_AT
from tests.unit.responding import EXECUTION, NOW, PAYLOADS

CHAT = "arn:aws:sns:eu-west-1:123456789012:chat"
ON = {"SettingValue": "role", "Status": "Customized", "LastModifiedDate": NOW - timedelta(days=1)}


@pytest.fixture
def account() -> Iterator[RepairAccount]:
    made = RepairAccount()
    yield made
    made.released.set()


def decided(account: RepairAccount, action: str = "reboot", **asked: Any) -> dict[str, Any]:
    return account.responder().ask("DecideRepair", **{"InstanceId": ID, "Action": action, **asked})


def repaired(account: RepairAccount, action: str, machine_id: str = ID, **asked: str) -> str:
    """The answer's result; and what the runbook does by it: it writes the tag, then it acts."""
    answer = decided(account, action, InstanceId=machine_id, **asked)
    if answer["Action"] != "none":
        tag = {"Key": REPAIRED_AT, "Value": answer["RepairedAt"]}
        account.do("create_tags", Resources=[machine_id], Tags=[tag])
    if answer["Action"] == "attach":
        account.do("associate_iam_instance_profile", InstanceId=machine_id)
    elif answer["Action"] == "reboot":
        account.do("reboot_instances", InstanceIds=[machine_id])
    return str(answer["Result"])


def test_what_was_planned_is_decided_on_if_it_is_still_needed(account: RepairAccount) -> None:
    later = NOW + timedelta(hours=3)
    assert decided(account, now=later) == {
        "Status": "decided",
        "Action": "reboot",
        "Result": "reboot the machine",
        "Problem": "none",
        "RepairedAt": "2026-03-01T13:00:00Z",
    }
    answer = decided(RepairAccount(has_profile=False), "attach")
    assert (answer["Action"], answer["Result"]) == ("attach", "attach the instance profile agents")


def test_a_machine_that_default_host_management_serves_is_rebooted_as_planned() -> None:
    account = RepairAccount(has_profile=False)
    account.setting = ON
    assert decided(account)["Action"] == "reboot"


@pytest.mark.parametrize("action", ["attach", "reboot"])
def test_what_was_not_planned_is_not_done(action: str) -> None:
    answer = decided(RepairAccount(has_profile=action == "attach"), action)
    assert (answer["Status"], answer["Action"], answer["Result"]) == (
        "decided",
        "none",
        f"nothing was done: what was planned ({action}) is no longer what it needs",
    )


# What EC2 and Auto Scaling answer; all of it that holds back.
SAID: list[tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]], str]] = [
    (
        {
            "InstanceId": ID,
            "State": {"Name": "stopped"},
            "LaunchTime": NOW,
            "InstanceLifecycle": "spot",
            "Operator": {"Managed": True, "Principal": "eks.amazonaws.com"},
            "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/theirs"},
            "Tags": [{"Key": REPAIRED_AT, "Value": "{{ global:REGION }}"}],
        },
        [{"SystemStatus": {"Status": "impaired"}, "AttachedEbsStatus": {"Status": "impaired"}}],
        [
            {
                "InstanceId": ID,
                "AutoScalingGroupName": "web",
                "AvailabilityZone": "eu-west-1a",
                "LifecycleState": "InService",
                "HealthStatus": "Healthy",
                "ProtectedFromScaleIn": False,
            }
        ],
        "it does not have the tag Repair = yes; it is stopped; it is a member of the Auto Scaling group web, "
        "which may replace it meanwhile; it is a spot instance, which AWS may take back; "
        "eks.amazonaws.com operates it; its status checks are not ok: system impaired, instance unknown, "
        "EBS impaired; its SSM Agent answers again; "
        "its SSM Agent may still come back by itself, until 2026-03-01T11:00:00Z; "
        "Default Host Management was switched on at 2026-03-01T09:30:00Z, and takes up to 30 minutes to "
        "reach it; its tag agents:repaired-at holds no time: global:REGION ; "
        "5 repairs run already, of at most 5",
    ),
    (
        {},
        [],
        [],
        "it does not have the tag Repair = yes; it is gone; its status checks are not ok: system unknown, "
        "instance unknown; its SSM Agent answers again; "
        "Default Host Management was switched on at 2026-03-01T09:30:00Z, and takes up to 30 minutes to "
        "reach it; 5 repairs run already, of at most 5",
    ),
]


@pytest.mark.parametrize(("instance", "checks", "members", "held_back"), SAID)
def test_what_holds_back_meanwhile_is_read_anew(
    instance: dict[str, Any], checks: list[Any], members: list[Any], held_back: str
) -> None:
    account = RepairAccount(has_profile=False)
    account.online.add(ID)
    account.running += [(f"{number:08}-2222-3333-4444-555555555555", -1) for number in range(5)]
    account.setting = ON | {"LastModifiedDate": NOW - timedelta(minutes=30)}
    account.answers = {
        "describe_instances": {"Reservations": [{"Instances": [instance] if instance else []}]},
        "describe_instance_status": {"InstanceStatuses": checks},
        "describe_auto_scaling_instances": {"AutoScalingInstances": members},
    }
    answer = decided(account)
    assert (answer["Action"], answer["Result"]) == ("none", f"nothing was done: {held_back}")


READS = {
    "describe_instances": "EC2 instances",
    "describe_instance_information": "SSM Agents",
    "describe_instance_status": "its status checks",
    "describe_iam_instance_profile_associations": "its instance profile",
    "describe_auto_scaling_instances": "its Auto Scaling group",
    "get_service_setting": "Default Host Management",
    "describe_automation_executions": "which repairs run",
}


@pytest.mark.parametrize("operation", READS)
def test_what_cannot_be_read_holds_back(account: RepairAccount, operation: str) -> None:
    account.refused[operation] = "AccessDenied"
    denied = decided(account)
    account.refused.clear()
    account.late.add(operation)
    late = decided(account, seconds=0.2)
    for answer, why in (
        (denied, f"AccessDenied ({operation.title().replace('_', '')})"),
        (late, "no time was left"),
    ):
        assert (answer["Status"], answer["Action"]) == ("decided", "none")
        assert f"{READS[operation]} could not be read: {why}" in answer["Result"]


def test_while_default_host_management_is_being_changed_nothing_is_done(account: RepairAccount) -> None:
    account.setting = ON | {"Status": "PendingUpdate"}
    assert decided(account)["Result"] == (
        "nothing was done: the setting of Default Host Management is PendingUpdate"
    )


def test_of_20_at_once_no_more_act_than_may() -> None:
    ids = tuple(f"i-{number:017}" for number in range(20))
    account = RepairAccount(ids)
    # Half of them started in the same second: then the id decides, but the smaller ids started later.
    executions = [f"{(number + 10) % 20:08}-2222-3333-4444-555555555555" for number in range(20)]
    account.running = [(each, number // 10) for number, each in enumerate(executions)]
    pairs = reversed([*zip(ids, executions, strict=True)])
    results = [repaired(account, "reboot", each, ExecutionId=execution) for each, execution in pairs]
    assert sorted(account.repairs) == [("reboot", each) for each in ids[:5]]
    assert results[0] == "nothing was done: 19 repairs run already, of at most 5"


NOT_LISTED = "nothing was done: Systems Manager does not list this repair among those that run"


@pytest.mark.parametrize(
    ("listed_after", "action", "result"),
    [(0, "reboot", "reboot the machine"), (2, "reboot", "reboot the machine"), (3, "none", NOT_LISTED)],
)
def test_an_execution_that_is_listed_late_is_looked_for_again(
    account: RepairAccount, listed_after: int, action: str, result: str
) -> None:
    """All else is read after the wait: another execution for the same machine may have written the tag."""
    account.listed_after = listed_after
    answer = decided(account)
    assert (answer["Action"], answer["Result"]) == (action, result)
    is_list = [call == "describe_automation_executions" for call in account.calls]
    assert is_list == sorted(is_list, reverse=True)
    assert sum(is_list) == min(listed_after + 1, 3)


@pytest.mark.parametrize("action", ["attach", "reboot"])
def test_stopped_anywhere_and_repeated_it_repairs_at_most_once(action: str) -> None:
    whole = RepairAccount(has_profile=action == "reboot")
    repaired(whole, action)
    assert whole.repairs == [(action, ID)]
    assert len(whole.calls) == len(READS) + 2
    for stop in range(len(whole.calls) + 1):
        account = RepairAccount(has_profile=action == "reboot")
        account.stops_after = stop
        with pytest.raises(StoppedError):
            repaired(account, action)
            account.do("describe_instances", Filters=[])
        account.stops_after = None
        again = [repaired(account, action) for _ in range(2)]
        assert len(account.repairs) <= 1, stop
        assert REPAIRED_AT in account.tags[ID]
        assert "it was repaired at 2026-03-01T10:00:00Z, less than 24 hours ago" in again[1]


# The plan, in the message that goes out before the repair. The diagnosis may read nothing here, or little.


def plan_in(text: str) -> list[str]:
    """The lines below REPAIR in a message."""
    return text.partition("\nREPAIR\n")[2].partition("\n\n")[0].splitlines()


def test_the_alert_says_what_will_be_done_and_the_runbook_goes_on_to_it() -> None:
    account = RepairAccount(has_profile=False)
    account.running = []
    responder = account.responder(DIAGNOSIS="true")
    answer = responder.ask("Notify", Machines=[f"Lost | {ID} | | "])
    assert (answer["Status"], answer["Repair"]) == ("sent", "attach")
    [text] = responder.messages.texts
    assert plan_in(text) == [
        "  The runbook will now attach the instance profile agents. A message with the outcome follows."
    ]


def test_the_alert_says_all_that_holds_it_back(account: RepairAccount) -> None:
    account.tags[ID] = {}
    account.refused["describe_auto_scaling_instances"] = "AccessDenied"
    responder = account.responder(DIAGNOSIS="true")
    assert responder.ask("Notify", Machines=[f"Lost | {ID} | | "])["Repair"] == "none"
    lines = plan_in(responder.messages.texts[0])
    denied = "could not be read: AccessDenied (DescribeAutoScalingInstances)"
    assert lines[:3] == [
        "  The runbook would reboot the machine, but is held back.",
        f"  Held back: its Auto Scaling group {denied}.",
        "  Held back: it does not have the tag Repair = yes.",
    ]
    assert lines[3:]
    assert all(line.startswith("  Held back: this could not be checked: ") for line in lines[3:])


def test_a_diagnosis_that_is_not_whole_holds_it_back(account: RepairAccount) -> None:
    """No time is left once the machine is looked up."""
    responder = account.responder(DIAGNOSIS="true")
    answer = respond(
        {"Request": "Notify", **PAYLOADS["Notify"], "Machines": [f"Lost | {ID} | | "]},
        responder.environment,
        lambda: responder.clients,
        NOW,
        lambda: 0 if "describe_instance_status" in account.calls else 150,
        lambda _seconds: None,
    )
    assert (answer["Status"], answer["Repair"]) == ("sent", "none")
    lines = plan_in(responder.messages.texts[0])
    assert lines[0] == "  The runbook repairs nothing here."
    assert lines[1].startswith("  Held back: no time was left to look at: ")
    assert "describe_automation_executions" not in account.calls


def test_of_several_machines_none_is_repaired() -> None:
    ids = (ID, "i-0123456789abcdef1")
    account = RepairAccount(ids, has_profile=False)
    responder = account.responder(DIAGNOSIS="true")
    answer = responder.ask("Notify", Machines=[f"Lost | {each} | | " for each in ids])
    assert (answer["Status"], answer["Repair"]) == ("sent", "none")
    assert plan_in(responder.messages.texts[0]) == []
    assert "describe_automation_executions" not in account.calls  # it is not even planned


@pytest.mark.parametrize("is_online", [True, False])
def test_a_machine_that_is_back_is_not_repaired(account: RepairAccount, is_online: bool) -> None:
    if is_online:
        account.online.add(ID)
    answer = account.responder(DIAGNOSIS="true").ask("Notify", Machines=[f"Recovered | {ID} | | "])
    assert (answer["Status"], answer["Repair"]) == ("sent", "none")


# The message with the outcome.

DECIDED = {"Status": ["decided"], "Action": ["reboot"], "Result": ["reboot the machine"]}
STEPS: list[dict[str, Any]] = [
    {"StepName": "ReportRepair", "StepStatus": "InProgress"},
    {"StepName": "Evaluate", "StepStatus": "Failed", "FailureMessage": "denied", "Outputs": {"Output": []}},
    {"StepName": "Wait", "StepStatus": "Success", "Outputs": {}},
    {"StepName": "Reboot", "StepStatus": "Success"},
    {"StepName": "Attach", "StepStatus": "Pending"},
    {"StepName": "Tag", "StepStatus": "Success"},
    {"StepName": "DecideRepair", "StepStatus": "Success", "Outputs": DECIDED},
]
HELD_BACK = {**DECIDED, "Action": ["none"], "Result": ["nothing was done: it is a spot instance"]}
DONE = [
    "Repair: reboot the machine: done",
    "Agent: its SSM Agent answers again",
    "AWS Config: the rule is evaluated at its next run: Failed: denied",
]
NOT_DONE = [
    "Repair: nothing was done: it is a spot instance",
    "Agent: not waited for, since nothing was done",
    "AWS Config: not asked for",
]


@pytest.mark.parametrize(
    ("steps", "words", "status", "acted", "lines"),
    [
        (STEPS, "machine rebooted, agent online", "online", "reboot", DONE),
        ([{**STEPS[-1], "Outputs": HELD_BACK}], "nothing was done", "lost", "none", NOT_DONE),
    ],
)
def test_the_outcome_is_told_in_one_message(
    account: RepairAccount, steps: Any, words: str, status: str, acted: str, lines: list[str]
) -> None:
    account.steps = steps
    responder = account.responder(CHAT_TOPIC_ARN=CHAT)
    answer = responder.ask("ReportRepair", InstanceId=ID, Action="reboot")
    assert answer == {"Status": "sent", "Result": words, "Problem": "none"}
    mail, chat = responder.messages.sent
    assert mail["Subject"] == f"SSM Agent repair: {ID}: {words}"
    [text], [facts] = responder.messages.texts, responder.messages.facts
    said = "".join(f"  {line}\n" for line in lines)
    assert text.partition("\n")[2].startswith(
        f"Repair of EC2 instance {ID} in 123456789012 eu-west-1: {words}.\n\nWHAT WAS DONE\n{said}\nLINKS\n"
    )
    assert f"/automation/execution/{EXECUTION}?region=eu-west-1\n" in text
    assert facts["repair"] == {"action": acted, "outcome": words, "steps": lines}
    assert (facts["kind"], facts["key"]) == ("repair", f"ssm-agent/123456789012/eu-west-1/{ID}")
    assert facts["status"] == status
    assert json.loads(chat["Message"])["content"]["title"] == mail["Subject"]


def test_where_the_steps_cannot_be_read_the_message_says_so(account: RepairAccount) -> None:
    account.refused["describe_automation_step_executions"] = "AccessDeniedException"
    responder = account.responder()
    answer = responder.ask("ReportRepair", InstanceId=ID, Action="reboot")
    why = (
        "what became of the steps could not be read: AccessDeniedException (DescribeAutomationStepExecutions)"
    )
    assert (answer["Status"], answer["Problem"]) == ("sent", why)
    [text], [facts] = responder.messages.texts, responder.messages.facts
    assert text.startswith(f"SSM Agent repair: {ID}: outcome not known, see its execution\n")
    assert f"\n\nCOULD NOT BE READ\n  {why}\n\nLINKS\n" in text
    assert facts["repair"]["action"] == "unknown"


def test_where_nothing_is_read_in_time_the_message_says_so(account: RepairAccount) -> None:
    responder = account.responder()
    answer = responder.ask("ReportRepair", InstanceId=ID, Action="reboot", seconds=0)
    assert answer["Status"] == "sent"
    assert "what was done could not be read: no time was left" in responder.messages.texts[0]
    assert account.calls == []
