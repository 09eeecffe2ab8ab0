"""What the responder does about a repair: it plans it, decides on it, and reports it. It never acts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from ssm_agent_monitor.responder.diagnosis import add
from ssm_agent_monitor.responder.diagnosis.finding import BROKEN, FINE, finding
from tests.unit.repair_account import REPAIR, RepairAccount, StoppedError
from tests.unit.repair_facts_of import ID, REPAIRED_AT
from tests.unit.responding import EXECUTION, NOW, TOPIC

PREVIEW = REPAIR | {"document": ""}
CHAT = "arn:aws:sns:eu-west-1:123456789012:chat"
OTHER = "22222222-2222-3333-4444-555555555555"


@pytest.fixture
def account() -> Iterator[RepairAccount]:
    made = RepairAccount()
    yield made
    made.released.set()


def decided(
    account: RepairAccount,
    action: str = "reboot",
    machine_id: str = ID,
    execution: str = EXECUTION,
    **more: Any,
) -> dict[str, Any]:
    asked: dict[str, Any] = {"InstanceId": machine_id, "Action": action, "ExecutionId": execution}
    return account.responder().ask("DecideRepair", **asked, **more)


def repaired(account: RepairAccount, *asked: str) -> dict[str, Any]:
    """The answer, and what the runbook does by it: it writes the tag, then it acts."""
    answer = decided(account, *asked)
    machine_id = asked[1] if len(asked) > 1 else ID
    if answer["Action"] != "none":
        tag = {"Key": REPAIRED_AT, "Value": answer["RepairedAt"]}
        account.do("create_tags", Resources=[machine_id], Tags=[tag])
    if answer["Action"] == "attach":
        account.do("associate_iam_instance_profile", InstanceId=machine_id)
    elif answer["Action"] == "reboot":
        account.do("reboot_instances", InstanceIds=[machine_id])
    return answer


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
    changed = account.now - timedelta(days=1)
    account.setting = {"SettingValue": "role", "Status": "Customized", "LastModifiedDate": changed}
    assert decided(account)["Action"] == "reboot"


def test_the_tag_is_read_after_the_wait_for_its_place(account: RepairAccount) -> None:
    """Another execution for the same machine may have written it meanwhile."""
    account.listed_after = 2
    assert decided(account)["Action"] == "reboot"
    assert account.calls[:3] == ["describe_automation_executions"] * 3
    assert account.calls.count("describe_automation_executions") == 3


@pytest.mark.parametrize("action", ["attach", "reboot"])
def test_what_was_not_planned_is_not_done(action: str) -> None:
    answer = decided(RepairAccount(has_profile=action == "attach"), action)
    assert (answer["Status"], answer["Action"], answer["Result"]) == (
        "decided",
        "none",
        f"nothing was done: what was planned ({action}) is no longer what it needs",
    )


def test_what_holds_back_meanwhile_is_read_anew(account: RepairAccount) -> None:
    account.online.add(ID)
    account.tags[ID] = {REPAIRED_AT: "{{ global:REGION }}"}
    answer = decided(account)
    assert (answer["Action"], answer["Result"]) == (
        "none",
        "nothing was done: it does not have the tag Repair = yes; its SSM Agent answers again; "
        "its tag agents:repaired-at holds no time: global:REGION",
    )


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


def test_a_region_without_the_setting_has_default_host_management_off(account: RepairAccount) -> None:
    account.refused["get_service_setting"] = "ServiceSettingNotFound"
    assert decided(account)["Action"] == "reboot"


def test_of_20_at_once_no_more_act_than_may() -> None:
    ids = tuple(f"i-{number:017}" for number in range(20))
    account = RepairAccount(ids)
    # Half of them started in the same second: then the id decides, but the smaller ids started later.
    executions = [f"{(number + 10) % 20:08}-2222-3333-4444-555555555555" for number in range(20)]
    account.running = [(each, number // 10) for number, each in enumerate(executions)]
    pairs = [*zip(ids, executions, strict=True)]
    results = [repaired(account, "reboot", *pair)["Result"] for pair in reversed(pairs)]
    assert sorted(account.repairs) == [("reboot", each) for each in ids[:5]]
    assert results[0] == "nothing was done: 19 repairs run already, of at most 5"


@pytest.mark.parametrize(
    ("listed_after", "action", "result"),
    [
        (0, "reboot", "reboot the machine"),
        (2, "reboot", "reboot the machine"),
        (
            3,
            "none",
            "nothing was done: Systems Manager does not list this repair among those that run",
        ),
    ],
)
def test_an_execution_that_is_listed_late_is_looked_for_again(
    account: RepairAccount, listed_after: int, action: str, result: str
) -> None:
    account.listed_after = listed_after
    answer = decided(account)
    assert (answer["Action"], answer["Result"]) == (action, result)
    assert account.calls.count("describe_automation_executions") == min(listed_after + 1, 3)


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
        assert "it was repaired at 2026-03-01T10:00:00Z, less than 24 hours ago" in again[1]["Result"]


def test_a_repair_that_fails_counts_for_the_cool_down(account: RepairAccount) -> None:
    account.refused["reboot_instances"] = "UnauthorizedOperation"
    with pytest.raises(Exception, match="UnauthorizedOperation"):
        repaired(account)
    assert "it was repaired at" in decided(account)["Result"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"InstanceId": "mi-0123456789abcdef0"}, "InstanceId must be the id of an EC2 instance"),
        ({"InstanceId": f"{ID}\n"}, "InstanceId must be the id of an EC2 instance"),
        ({"InstanceId": None}, "InstanceId must be a text, not nothing"),
        ({"InstanceId": [ID]}, "InstanceId must be a text, not a list"),
        ({"Action": "terminate"}, "Action must be one of attach, reboot, not 'terminate'"),
        ({"Action": "none"}, "Action must be one of attach, reboot, not 'none'"),
        ({"Action": " global:Action "}, "Action must be one of attach, reboot"),
        ({"ExecutionId": "execution-0"}, "ExecutionId must be the id of an execution, not 'execution-0'"),
        ({"Force": "true"}, "DecideRepair has no 'Force'"),
    ],
)
def test_a_malformed_request_is_refused(account: RepairAccount, changes: Any, problem: str) -> None:
    asked = {"InstanceId": ID, "Action": "reboot", **changes}
    answer = account.responder().ask("DecideRepair", **asked)
    assert (answer["Status"], answer["Action"]) == ("failed", "none")
    assert answer["Problem"].startswith(problem)
    assert account.calls == []


@pytest.mark.parametrize("key", ["InstanceId", "Action"])
def test_a_request_that_lacks_something_is_refused(account: RepairAccount, key: str) -> None:
    asked: dict[str, Any] = {"InstanceId": ID, "Action": "reboot"}
    del asked[key]
    answer = account.responder().ask("DecideRepair", **asked)
    assert (answer["Status"], answer["Action"]) == ("failed", "none")
    assert answer["Problem"] == f"{key} is missing"


@pytest.mark.parametrize("request_name", ["DecideRepair", "ReportRepair"])
@pytest.mark.parametrize("setting", [PREVIEW, {}])
def test_where_nothing_is_repaired_nothing_is_decided_or_reported(
    account: RepairAccount, request_name: str, setting: dict[str, Any]
) -> None:
    responder = account.responder(setting)
    answer = responder.ask(request_name, InstanceId=ID, Action="reboot")
    assert (answer["Status"], answer["Action"]) == ("failed", "none")
    assert answer["Problem"] == f"{request_name} is refused: repair.mode is not act"
    assert (account.calls, responder.messages.sent) == ([], [])


# The plan, in the message that goes out before the repair.


def told(
    monkeypatch: pytest.MonkeyPatch,
    account: RepairAccount,
    setting: dict[str, Any],
    *machines: str,
    broken: str = "",
    late: str = "",
) -> tuple[str, list[str]]:
    """The answer's `Repair`, and the lines below REPAIR in the message.

    The diagnosis says of each machine that its route is fine, or what is `broken`; `late` is what it had no
    time for.
    """
    said = finding("route", BROKEN, broken) if broken else finding("route", FINE, "a route leads out")
    monkeypatch.setattr(
        add,
        "diagnose",
        lambda _reader, _place, subjects: ({each["Id"]: [said] for each in subjects}, [late] if late else []),
    )
    lines = [f"Lost | {each} | COMPLIANT 2026-03-01T08:00:00Z | " for each in machines or (ID,)]
    responder = account.responder(setting, DIAGNOSIS="true")
    answer = responder.ask("Notify", Machines=lines)
    assert answer["Status"] == "sent"
    [text] = responder.messages.texts
    section = text.partition("\nREPAIR\n")[2].partition("\n\n")[0]
    return answer["Repair"], [line.strip() for line in section.splitlines()]


@pytest.mark.parametrize(
    ("setting", "has_profile", "repair", "said"),
    [
        (
            PREVIEW,
            True,
            "none",
            r'With repair\.mode = "act", the runbook would now reboot the machine\. '
            r"As it is, it does nothing\.",
        ),
        (
            REPAIR,
            True,
            "reboot",
            r"The runbook will now reboot the machine\. A message with the outcome follows\.",
        ),
        (
            REPAIR,
            False,
            "attach",
            r"The runbook will now attach the instance profile agents\. "
            r"A message with the outcome follows\.",
        ),
        (
            REPAIR | {"needsApproval": True},
            True,
            "reboot",
            r"The runbook will reboot the machine if that is approved within an hour: "
            r"open Execution, under LINKS\. A message with the outcome follows the repair\.",
        ),
        (
            REPAIR | {"reboot": False},
            True,
            "none",
            r"The runbook repairs nothing here\.\n"
            r"Held back: it has an instance profile, and a reboot is not among the settings\.",
        ),
    ],
)
def test_the_alert_says_what_will_be_done(
    monkeypatch: pytest.MonkeyPatch, setting: dict[str, Any], has_profile: bool, repair: str, said: str
) -> None:
    account = RepairAccount(has_profile=has_profile)
    account.running = []
    answer, lines = told(monkeypatch, account, setting)
    assert answer == repair
    assert re.fullmatch(said, "\n".join(lines))


def test_the_alert_says_all_that_holds_it_back(
    account: RepairAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.tags[ID] = {}
    account.refused["describe_auto_scaling_instances"] = "AccessDenied"
    assert told(monkeypatch, account, REPAIR, broken="route table rtb-1 has no route") == (
        "none",
        [
            "The runbook would reboot the machine, but is held back.",
            "Held back: its Auto Scaling group could not be read: "
            "AccessDenied (DescribeAutoScalingInstances).",
            "Held back: it does not have the tag Repair = yes.",
            "Held back: a reboot does not mend this: route table rtb-1 has no route.",
        ],
    )


def test_a_diagnosis_that_is_not_whole_holds_it_back(
    account: RepairAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = "no time was left to look at: routes"
    assert told(monkeypatch, account, REPAIR, late=late) == (
        "none",
        ["The runbook repairs nothing here.", f"Held back: {late}."],
    )


def test_a_diagnosis_that_may_read_nothing_holds_it_back(account: RepairAccount) -> None:
    responder = account.responder(DIAGNOSIS="true")
    answer = responder.ask("Notify", Machines=[f"Lost | {ID} | | "])
    assert answer["Repair"] == "none"
    assert "Held back: this could not be checked:" in responder.messages.texts[0]


def test_a_hybrid_node_is_not_repaired(account: RepairAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, account, REPAIR, "mi-0123456789abcdef0") == (
        "none",
        [
            "The runbook repairs nothing here.",
            "Held back: it is a hybrid node, which can only be repaired on its site.",
        ],
    )
    assert account.calls == ["describe_instance_information"]


def test_of_several_machines_none_is_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = (ID, "i-0123456789abcdef1")
    account = RepairAccount(ids)
    assert told(monkeypatch, account, REPAIR, *ids) == ("none", [])
    assert "describe_automation_executions" not in account.calls  # it is not even planned


@pytest.mark.parametrize("is_online", [True, False])
def test_a_machine_that_is_back_is_not_repaired(account: RepairAccount, is_online: bool) -> None:
    if is_online:
        account.online.add(ID)
    answer = account.responder(DIAGNOSIS="true").ask("Notify", Machines=[f"Recovered | {ID} | | "])
    assert answer["Repair"] == "none"


# The outcome, from what became of the steps.

NO_OUTPUT = "No output available yet because the step is not successfully executed"
DENIED = "An error occurred (UnauthorizedOperation) when calling the {} operation: not authorized"
DECIDED = {"Status": "decided", "Action": "reboot", "Result": "reboot the machine"}
NO_AGENT = "Agent: not waited for"
NO_CONFIG = "AWS Config: not asked for"
DONE = "Repair: reboot the machine: done"
BACK = "Agent: its SSM Agent answers again"
NOT_AGAIN = "it is not tried again within 24 hours"


def step(name: str, status: str = "Success", failure: str = "", **outputs: str) -> dict[str, Any]:
    """A step, as DescribeAutomationStepExecutions has it."""
    if status != "Success":
        outputs = dict.fromkeys(("Status", "Action", "Result", "Problem") if outputs else (), NO_OUTPUT)
    found = {
        "StepName": name,
        "StepStatus": status,
        "Outputs": {key: [each] for key, each in outputs.items()},
    }
    return found | ({"FailureMessage": failure} if failure else {})


def ran(*steps: dict[str, Any], decision: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """All steps of an execution: those given, those before them, which succeeded, and the rest."""
    names = [each["StepName"] for each in steps]
    before = [step("DecideRepair", **(decision or DECIDED)), step("RouteDecision"), step("Tag")]
    rest = ["RouteAction", "Attach", "Reboot", "Wait", "Evaluate", "ReportRepair", "PublishSentence"]
    made = [
        *(each for each in before if each["StepName"] not in names),
        *steps,
        *(step(name, "Pending") for name in rest if name not in names),
    ]
    return made[::-1]


REBOOTED = (step("Reboot"), step("Wait"))
HELD_BACK = {"Status": "decided", "Action": "none", "Result": "nothing was done: it is a spot instance"}
REFUSED = {"Status": "failed", "Action": "none", "Result": "failed", "Problem": "Action is missing"}

# What became of the steps; the subject's end, `action` in the JSON, and the lines of the message.
OUTCOMES: dict[str, tuple[list[dict[str, Any]], str, str, list[str]]] = {
    "held back": (
        ran(step("Tag", "Pending"), decision=HELD_BACK),
        "nothing was done",
        "none",
        ["Repair: nothing was done: it is a spot instance", f"{NO_AGENT}, since nothing was done", NO_CONFIG],
    ),
    "refused": (
        ran(step("Tag", "Pending"), decision=REFUSED),
        "failed, see its execution",
        "unknown",
        ["Repair: nothing was done: the decision failed: Action is missing", NO_AGENT, NO_CONFIG],
    ),
    "without an answer": (
        ran(step("DecideRepair"), step("Tag", "Pending")),
        "failed, see its execution",
        "unknown",
        ["Repair: nothing was done: the decision failed: it gave no answer", NO_AGENT, NO_CONFIG],
    ),
    "decision timed out": (
        ran(step("DecideRepair", "TimedOut", "300 seconds are over", **DECIDED), step("Tag", "Pending")),
        "failed, see its execution",
        "unknown",
        [
            "Repair: nothing was done: the decision failed: TimedOut: 300 seconds are over",
            NO_AGENT,
            NO_CONFIG,
        ],
    ),
    "no steps": (
        [],
        "failed, see its execution",
        "unknown",
        ["Repair: nothing was done: the decision failed: did not run: no message", NO_AGENT, NO_CONFIG],
    ),
    "not gone on": (
        ran(step("RouteDecision", "Failed", "no value"), step("Tag", "Pending")),
        "failed, see its execution",
        "unknown",
        [
            "Repair: nothing was done, although it was decided to reboot the machine: "
            "RouteDecision: Failed: no value",
            NO_AGENT,
            NO_CONFIG,
        ],
    ),
    "another decision": (
        ran(step("Tag", "Pending")),
        "failed, see its execution",
        "unknown",
        [
            "Repair: nothing was done, although it was decided to reboot the machine: see its execution",
            NO_AGENT,
            NO_CONFIG,
        ],
    ),
    "tag denied": (
        ran(step("Tag", "Failed", DENIED.format("CreateTags"))),
        "nothing was done",
        "none",
        [
            "Repair: nothing was done: the tag agents:repaired-at was not written: "
            f"Failed: {DENIED.format('CreateTags')}",
            f"{NO_AGENT}, since nothing was done",
            NO_CONFIG,
        ],
    ),
    "tagged only": (
        ran(step("RouteAction", "Failed", "no value")),
        "failed, see its execution",
        "unknown",
        [f"Repair: nothing was done, and {NOT_AGAIN}: RouteAction: Failed: no value", NO_AGENT, NO_CONFIG],
    ),
    "attach denied": (
        ran(step("Attach", "Failed", DENIED.format("AssociateIamInstanceProfile"))),
        "failed, see its execution",
        "unknown",
        [
            f"Repair: to attach the instance profile agents failed, and {NOT_AGAIN}: "
            f"Failed: {DENIED.format('AssociateIamInstanceProfile')}",
            NO_AGENT,
            NO_CONFIG,
        ],
    ),
    "reboot timed out": (
        ran(step("Reboot", "TimedOut", "60 seconds are over")),
        "failed, see its execution",
        "unknown",
        [
            f"Repair: to reboot the machine took too long and may have been done, and {NOT_AGAIN}: "
            "TimedOut: 60 seconds are over",
            NO_AGENT,
            NO_CONFIG,
        ],
    ),
    "attached": (
        ran(step("Attach"), step("Wait", "TimedOut")),
        "instance profile attached, agent not online yet",
        "attach",
        [
            "Repair: attach the instance profile agents: done",
            "Agent: its SSM Agent did not answer within 9 minutes: it may take up to an hour to try again",
            NO_CONFIG,
        ],
    ),
    "wait denied": (
        ran(step("Reboot"), step("Wait", "Failed", DENIED.format("DescribeInstanceInformation"))),
        "machine rebooted, agent status not known",
        "reboot",
        [
            DONE,
            "Agent: whether its SSM Agent answers could not be read: "
            f"Failed: {DENIED.format('DescribeInstanceInformation')}",
            NO_CONFIG,
        ],
    ),
    "not evaluated": (
        ran(*REBOOTED),
        "machine rebooted, agent online",
        "reboot",
        [DONE, BACK, NO_CONFIG],
    ),
    "evaluated": (
        ran(*REBOOTED, step("Evaluate")),
        "machine rebooted, agent online",
        "reboot",
        [DONE, BACK, "AWS Config: the rule is being evaluated"],
    ),
    "evaluated lately": (
        ran(
            *REBOOTED,
            step("Evaluate", "Failed", "Step fails: An error occurred (LimitExceededException) when calling"),
        ),
        "machine rebooted, agent online",
        "reboot",
        [DONE, BACK, "AWS Config: the rule is evaluated at its next run"],
    ),
    "evaluation denied": (
        ran(*REBOOTED, step("Evaluate", "Failed", DENIED.format("StartConfigRulesEvaluation"))),
        "machine rebooted, agent online",
        "reboot",
        [
            DONE,
            BACK,
            "AWS Config: the rule is evaluated at its next run: "
            f"Failed: {DENIED.format('StartConfigRulesEvaluation')}",
        ],
    ),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_outcome_is_told_in_one_message(account: RepairAccount, name: str) -> None:
    account.steps, words, action, lines = OUTCOMES[name]
    responder = account.responder(CHAT_TOPIC_ARN=CHAT)
    answer = responder.ask("ReportRepair", InstanceId=ID, Action="reboot")
    assert answer == {"Status": "sent", "Result": words, "Problem": "none"}
    mail, chat = responder.messages.sent
    assert mail["Subject"] == f"SSM Agent repair: {ID}: {words}"
    assert len(mail["Subject"]) <= 99
    [text], [facts] = responder.messages.texts, responder.messages.facts
    said = "".join(f"  {line}\n" for line in lines)
    assert text.partition("\n")[2].startswith(
        f"Repair of EC2 instance {ID} in 123456789012 eu-west-1: {words}.\n\nWHAT WAS DONE\n{said}\nLINKS\n"
    )
    assert f"/automation/execution/{EXECUTION}?region=eu-west-1\n" in text
    assert facts["repair"] == {"action": action, "outcome": words, "steps": lines}
    assert (facts["kind"], facts["key"]) == ("repair", f"ssm-agent/123456789012/eu-west-1/{ID}")
    assert facts["status"] == ("online" if "agent online" in words else "lost")
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


def test_what_is_malformed_is_left_out_and_named(account: RepairAccount) -> None:
    account.steps = ran(*REBOOTED)
    responder = account.responder()
    answer = responder.ask("ReportRepair", InstanceId=ID, Action="{{ Action }}", Region="EU WEST")
    assert (answer["Status"], answer["Result"]) == ("sent", "machine rebooted, agent online")
    [text] = responder.messages.texts
    assert "COULD NOT BE READ\n  Action must be one of attach, reboot, not '{{ Action }}'\n" in text
    assert "  Region must be the name of a Region, not 'EU WEST'\n" in text
    assert f" in 123456789012 eu-west-1: {answer['Result']}." in text


def test_without_a_machine_or_a_topic_the_report_fails(
    account: RepairAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    responder = account.responder()
    answer = responder.ask("ReportRepair", InstanceId="none", Action="reboot")
    assert (answer["Status"], responder.messages.sent) == ("failed", [])
    assert answer["Problem"] == "InstanceId must be the id of an EC2 instance, not 'none'"

    class NoTopic:
        def publish(self, **_: Any) -> None:
            raise_not_found()

    monkeypatch.setattr(account, "publishing", lambda _region: NoTopic())
    answer = responder.ask("ReportRepair", InstanceId=ID, Action="reboot")
    assert answer["Status"] == "failed"
    assert answer["Problem"].startswith(f"the message could not be published to {TOPIC}: An error")


def raise_not_found() -> None:
    raise ClientError({"Error": {"Code": "NotFound", "Message": "Topic does not exist"}}, "Publish")


# Whoever may invoke the function.

FORGED: dict[str, list[Any]] = {
    "InstanceId": [ID, "i-0fedcba9876543210", "mi-0123456789abcdef0", "*", None],
    "Action": ["attach", "reboot", "terminate", {"Action": "reboot"}],
    "ExecutionId": [EXECUTION, OTHER, "*"],
    "AccountId": ["123456789012", "999999999999"],
    "Region": ["eu-west-1", "us-east-1"],
    "RuleName": ["ssm-agents", "{{ AutomationAssumeRole }}"],
    "DetectedAt": ["2026-03-01T10:00:00Z", "now"],
    "TopicArn": ["arn:aws:sns:eu-west-1:999999999999:evil"],
    "TOPIC_ARN": ["arn:aws:sns:eu-west-1:999999999999:evil"],
    "Repair": [REPAIR | {"tagKey": "Name"}],
    "Tags": [[{"Key": "Repair", "Value": "yes"}]],
    "Status": ["decided"],
}


@settings(deadline=None)
@given(
    st.sampled_from(["DecideRepair", "ReportRepair"]),
    st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in FORGED.items()}),
    st.booleans(),
)
def test_a_forged_request_changes_nothing(request: str, forged: dict[str, Any], has_profile: bool) -> None:
    account = RepairAccount(has_profile=has_profile)
    account.running += [(OTHER, 1)]
    responder = account.responder(CHAT_TOPIC_ARN=CHAT)
    responder.ask(request, **forged)
    assert all(re.match(r"(describe|get)_", call) for call in account.calls)
    assert {(each["Region"], each["TopicArn"]) for each in responder.messages.sent} <= {
        ("us-west-2", TOPIC),
        ("eu-west-1", CHAT),
    }
    assert (account.repairs, account.tags) == ([], {ID: {"Repair": "yes"}})
