"""Machines that are repaired: planned in the alert, approved, done with the role's rights, and reported.

Least privilege of it: whatever action is taken away, a message or an execution says so.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.automation.execution import Execution
from sandbox.gateway import Call
from tests.end_to_end.blocks import REGION, RULE, Block, block_of
from tests.end_to_end.role_policies import denied_one_by_one, without

pytestmark = pytest.mark.terraform

TAG = f"{RULE}:repaired-at"
ROLE = "arn:aws:iam::123456789012:role/agents"
ROLES = {name: f"{RULE}-{REGION}-{name}" for name in ("automation", "repair", "responder")}
APPROVER = "arn:aws:iam::123456789012:role/on-call"
DECIDE = [
    "autoscaling:DescribeAutoScalingInstances",
    "ec2:DescribeIamInstanceProfileAssociations",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceStatus",
    "ssm:DescribeAutomationExecutions",
    "ssm:DescribeInstanceInformation",
    "ssm:GetServiceSetting",
]
"""What the responder reads before a machine is repaired."""
MACHINES: dict[str, dict[str, str]] = {"attach": {}, "reboot": {"instance_profile": "agents"}}
"""By repair: what the machine that needs it has."""


class Deployment(Block):
    """A block, and a fleet whose agents come back once they are repaired."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, "repair")
        self.repaired: list[tuple[str, str]] = []
        for operation in ("AssociateIamInstanceProfile", "RebootInstances"):
            sandbox.gateway.after["ec2", operation].append(self._comes_back)
        sandbox.fleet.load({"machines": [], "roles": {"agents": {}}}, sandbox.account, REGION)

    def repair_by(self, *approvers: str) -> None:
        """Apply the block with repairs, and whoever must approve them."""
        self.apply(
            **block_of("instance"),
            repair={
                "mode": "act",
                "tag": {"key": "Repair", "value": "yes"},
                "instance_profile": {"name": "agents", "role_arn": ROLE},
                "reboot": True,
                "approver_arns": list(approvers),
            },
        )

    def lose(self, **group: Any) -> str:
        """A machine that has been lost for long, and the evaluation that finds it; nothing is waited for."""
        machine = self.add(**group)
        self.sandbox.client("config", REGION).start_config_rules_evaluation(ConfigRuleNames=[RULE])
        return machine

    def add(self, **group: Any) -> str:
        """A machine that has been lost for long; what was sent and repaired before is forgotten."""
        self.sandbox.clock.move(timedelta(minutes=2))  # Config takes one request a minute
        [machine] = self.load(**{"ping": "ConnectionLost", "tags": {"Repair": "yes"}} | group)
        self.sandbox.inbox.messages.clear()
        self.repaired.clear()
        return machine

    def repair(self, machine: str, action: str) -> Execution:
        """The execution that repairs a machine, by the runbook that the alert's would start."""
        answer = self.sandbox.client("ssm", REGION).start_automation_execution(
            DocumentName=f"{RULE}-repair",
            Parameters={
                "AutomationAssumeRole": [f"arn:aws:iam::{self.sandbox.account}:role/{ROLES['repair']}"],
                "TopicArn": [f"arn:aws:sns:{REGION}:{self.sandbox.account}:{RULE}"],
                "InstanceId": [machine],
                "Action": [action],
                "AccountId": [self.sandbox.account],
                "Region": [REGION],
                "RuleName": [RULE],
                "DetectedAt": ["2026-03-01T12:00:00Z"],
            },
        )
        self.sandbox.settle()
        executions = self.sandbox.automation.executions()
        return next(each for each in executions if each.id == answer["AutomationExecutionId"])

    def mail(self) -> list[Any]:
        """What was sent of this machine; others may have come back."""
        self.sandbox.settle()
        heads = ("SSM Agent lost", "SSM Agent repair")
        return [each for each in self.sandbox.inbox.messages if each.subject.startswith(heads)]

    def waiting(self) -> Execution:
        """The execution that waits for an approval."""
        while True:
            for execution in self.sandbox.automation.executions():
                if execution.status == "Waiting":
                    return execution
            time.sleep(0.02)

    def answer(self, execution: Execution, answer: str) -> None:
        """Send a signal to the execution that waits, or cancel it."""
        ssm = self.sandbox.client("ssm", REGION)
        if answer == "cancel":
            ssm.stop_automation_execution(AutomationExecutionId=execution.id)
        else:
            ssm.send_automation_signal(AutomationExecutionId=execution.id, SignalType=answer)

    def tags(self, machine: str) -> dict[str, str]:
        answer = self.sandbox.client("ec2", REGION).describe_instances(InstanceIds=[machine])
        return {each["Key"]: each["Value"] for each in answer["Reservations"][0]["Instances"][0]["Tags"]}

    def _comes_back(self, call: Call) -> None:
        machine = call.params.get("InstanceId") or call.params["InstanceIds"][0]
        self.repaired.append((call.operation, machine))
        assert TAG in self.tags(machine)
        self.sandbox.fleet.recover(machine)


@pytest.fixture(scope="module")
def acting(account: Sandbox) -> Deployment:
    deployment = Deployment(account)
    deployment.repair_by()
    return deployment


@pytest.mark.parametrize(
    ("repair", "promise", "outcome", "call"),
    [
        ("attach", "attach the instance profile", "instance profile attached", "AssociateIamInstanceProfile"),
        ("reboot", "reboot the machine", "machine rebooted", "RebootInstances"),
    ],
)
def test_a_machine_is_repaired_and_the_outcome_told(
    acting: Deployment, repair: str, promise: str, outcome: str, call: str
) -> None:
    machine = acting.lose(**MACHINES[repair])
    alert, told = acting.mail()
    assert f"  The runbook will now {promise}" in alert.body
    assert told.subject == f"SSM Agent repair: {machine}: {outcome}, agent online"
    assert acting.repaired == [(call, machine)]
    assert TAG in acting.tags(machine)


def test_a_machine_without_the_tag_is_left_alone(acting: Deployment) -> None:
    acting.lose(tags={})
    [alert] = acting.mail()
    assert "  Held back: it does not have the tag Repair = yes.\n" in alert.body
    assert acting.repaired == []


@pytest.fixture(scope="module")
def whole(acting: Deployment) -> str:
    """What is said of both repairs while nothing is missing."""
    found = [
        said(acting, acting.repair(acting.add(**machine), repair)) for repair, machine in MACHINES.items()
    ]
    return "\n".join(found)


def said(acting: Deployment, execution: Execution) -> str:
    """What a repair sent, and why its steps failed."""
    bodies = [mail.body for mail in acting.mail()]
    return "\n".join([*bodies, *(step.failure_message or "" for step in execution.steps.values())])


def lost(acting: Deployment, role: str, action: str) -> str:
    """What is said of a repair while the role lacks an action."""
    repair = "reboot" if action == "ec2:RebootInstances" else "attach"
    machine = acting.add(**MACHINES[repair])
    with without(acting.sandbox, ROLES[role], action):
        execution = acting.repair(machine, repair)
    acting.sandbox.fleet.terminate(machine)  # or the next evaluation finds it, and has it repaired
    return said(acting, execution)


@denied_one_by_one
def test_without_a_permission_the_outcome_says_so(acting: Deployment, whole: str, action: str) -> None:
    operation = action.partition(":")[2]
    assert operation in lost(acting, "repair", action)
    assert operation not in whole


@denied_one_by_one
def test_its_own_right_to_publish_is_for_the_last_resort_alone(acting: Deployment, action: str) -> None:
    assert "instance profile attached, agent online" in lost(acting, "repair", action)


@pytest.mark.parametrize("action", DECIDE)
def test_what_the_decision_could_not_read_holds_it_back(acting: Deployment, action: str) -> None:
    outcome = lost(acting, "responder", action)
    assert "nothing was done" in outcome
    assert f"({action.partition(':')[2]})" in outcome
    assert acting.repaired == []


@pytest.mark.parametrize("action", DECIDE)
def test_what_the_plan_could_not_read_is_in_the_alert(acting: Deployment, action: str) -> None:
    with without(acting.sandbox, ROLES["responder"], action):
        acting.lose()
        [alert] = acting.mail()
    assert f"({action.partition(':')[2]})" in alert.body.partition("\nREPAIR\n")[2].partition("\n\n")[0]
    assert acting.repaired == []


@denied_one_by_one
def test_a_repair_that_does_not_start_is_told(acting: Deployment, action: str) -> None:
    """The alert has promised a message with the outcome."""
    with without(acting.sandbox, ROLES["automation"], action):
        machine = acting.lose()
        alert, outcome = acting.mail()
    assert "A message with the outcome follows." in alert.body
    assert outcome.subject == f"SSM Agent repair: {machine}: failed, see its execution"
    [execution] = [each for each in acting.sandbox.automation.executions() if each.id in outcome.body]
    assert execution.status == "Failed"
    assert action in (execution.steps["Repair"].failure_message or "")
    assert acting.repaired == []


@denied_one_by_one
def test_a_repair_that_is_not_followed_is_told_by_both(acting: Deployment, action: str) -> None:
    """The repair sends its outcome; the runbook does not hear of it, and says so."""
    with without(acting.sandbox, ROLES["automation"], action):
        machine = acting.lose()
        subjects = {mail.subject for mail in acting.mail()}
    assert {
        f"SSM Agent repair: {machine}: instance profile attached, agent online",
        f"SSM Agent repair: {machine}: failed, see its execution",
    } < subjects


def test_the_alert_goes_out_before_the_approval(acting: Deployment) -> None:
    acting.repair_by(APPROVER)
    machine = acting.lose()
    execution = acting.waiting()
    [alert] = [each for each in acting.sandbox.inbox.messages if each.subject.startswith("SSM Agent lost")]
    assert "if that is approved within an hour: open Execution, under LINKS." in alert.body
    assert f"/automation/execution/{execution.id}?" in alert.body
    assert acting.repaired == []
    acting.answer(execution, "Approve")
    subjects = [each.subject for each in acting.mail()]
    assert subjects[1] == f"SSM Agent repair: {machine}: instance profile attached, agent online"
    assert execution.status == "Success"


@pytest.mark.parametrize(("answer", "status"), [("Reject", "Success"), ("cancel", "Cancelled")])
def test_without_the_approval_nothing_is_repaired(acting: Deployment, answer: str, status: str) -> None:
    machine = acting.lose()
    execution = acting.waiting()
    acting.answer(execution, answer)
    assert len(acting.mail()) == 1
    assert (execution.status, acting.repaired) == (status, [])
    assert TAG not in acting.tags(machine)
