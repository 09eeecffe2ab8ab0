"""Machines that are repaired: planned in the alert, approved, done with the role's rights, and reported."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.automation.execution import Execution
from sandbox.gateway import Call
from tests.end_to_end.conftest import REGION
from tools.terraform import Workspace
from tools.terraform_setup import BUILD

pytestmark = pytest.mark.terraform

ADDRESS = "on-call@example.com"
RULE = "ssm-agent-monitor"
TAG = f"{RULE}:repaired-at"
ROLE = "arn:aws:iam::123456789012:role/agents"
APPROVER = "arn:aws:iam::123456789012:role/on-call"


class Deployment:
    """One block, and a fleet whose agents come back once they are repaired."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.workspace = Workspace.copy_of(
            "tests/end_to_end/repair", BUILD / "repair", sandbox.environment(REGION)
        )
        self.workspace.init()
        self.repaired: list[tuple[str, str]] = []
        for operation in ("AssociateIamInstanceProfile", "RebootInstances"):
            sandbox.gateway.after["ec2", operation].append(self._comes_back)
        sandbox.fleet.load({"machines": [], "roles": {"agents": {}}}, sandbox.account, REGION)

    def apply(self, mode: str, *approvers: str) -> None:
        variables = {"mode": mode, "approver_arns": list(approvers), "role_arn": ROLE}
        self.workspace.set_variables(variables)
        self.workspace.apply()
        self.sandbox.settle()
        with suppress(LookupError):  # it is asked once
            self.sandbox.inbox.confirm(ADDRESS)

    def lose(self, **group: Any) -> str:
        """A machine that has been lost for long, and the evaluation that finds it; nothing is waited for."""
        self.sandbox.clock.move(timedelta(minutes=2))  # Config takes one request a minute
        group = {"name": "web", "ping": "ConnectionLost", "tags": {"Repair": "yes"}, **group}
        [machine] = self.sandbox.fleet.load([group], self.sandbox.account, REGION)
        self.sandbox.inbox.messages.clear()
        self.repaired.clear()
        self.sandbox.client("config", REGION).start_config_rules_evaluation(ConfigRuleNames=[RULE])
        return machine

    def mail(self) -> list[Any]:
        """What was sent of this machine; others may have come back."""
        self.sandbox.settle()
        heads = ("SSM Agent lost", "SSM Agent repair")
        return [each for each in self.sandbox.inbox.messages if each.subject.startswith(heads)]

    def waiting(self) -> Execution:
        """The execution that waits for an approval."""
        for _ in range(6000):
            for execution in self.sandbox.automation.executions():
                if execution.status == "Waiting":
                    return execution
            time.sleep(0.02)
        raise AssertionError("no execution waits")

    def answer(self, execution: Execution, signal: str) -> None:
        ssm = self.sandbox.client("ssm", REGION)
        ssm.send_automation_signal(AutomationExecutionId=execution.id, SignalType=signal)

    def tags(self, machine: str) -> dict[str, str]:
        answer = self.sandbox.client("ec2", REGION).describe_instances(InstanceIds=[machine])
        return {each["Key"]: each["Value"] for each in answer["Reservations"][0]["Instances"][0]["Tags"]}

    def _comes_back(self, call: Call) -> None:
        machine = call.params.get("InstanceId") or call.params["InstanceIds"][0]
        self.repaired.append((call.operation, machine))
        assert TAG in self.tags(machine)
        self.sandbox.fleet.recover(machine)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Sandbox(directory=tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield Deployment(sandbox)


def test_in_preview_the_message_says_what_would_be_done(deployment: Deployment) -> None:
    deployment.apply("preview")
    deployment.lose()
    [alert] = deployment.mail()
    assert (
        "REPAIR\n"
        '  With repair.mode = "act", the runbook would now attach the instance profile agents. '
        "As it is, it does nothing.\n"
    ) in alert.body
    assert deployment.repaired == []


def test_a_profile_is_attached_and_the_outcome_told(deployment: Deployment) -> None:
    deployment.apply("act")
    machine = deployment.lose()
    alert, outcome = deployment.mail()
    assert "  The runbook will now attach the instance profile agents." in alert.body
    assert outcome.subject == f"SSM Agent repair: {machine}: instance profile attached, agent online"
    assert deployment.repaired == [("AssociateIamInstanceProfile", machine)]
    assert TAG in deployment.tags(machine)


def test_a_machine_is_rebooted(deployment: Deployment) -> None:
    machine = deployment.lose(instance_profile="agents")
    alert, *outcomes = deployment.mail()
    [outcome] = outcomes
    assert "  The runbook will now reboot the machine." in alert.body
    assert outcome.subject == f"SSM Agent repair: {machine}: machine rebooted, agent online"
    assert deployment.repaired == [("RebootInstances", machine)]


def test_a_machine_without_the_tag_is_left_alone(deployment: Deployment) -> None:
    deployment.lose(tags={})
    [alert] = deployment.mail()
    assert "  Held back: it does not have the tag Repair = yes.\n" in alert.body
    assert deployment.repaired == []


def test_the_alert_goes_out_before_the_approval(deployment: Deployment) -> None:
    deployment.apply("act", APPROVER)
    machine = deployment.lose()
    execution = deployment.waiting()
    [alert] = [
        each for each in deployment.sandbox.inbox.messages if each.subject.startswith("SSM Agent lost")
    ]
    assert "if that is approved within an hour: open Execution, under LINKS." in alert.body
    assert f"/automation/execution/{execution.id}?" in alert.body
    assert deployment.repaired == []
    deployment.answer(execution, "Approve")
    subjects = [each.subject for each in deployment.mail()]
    assert subjects[1] == f"SSM Agent repair: {machine}: instance profile attached, agent online"
    assert execution.status == "Success"


def test_a_denial_ends_well(deployment: Deployment) -> None:
    machine = deployment.lose()
    execution = deployment.waiting()
    deployment.answer(execution, "Reject")
    assert len(deployment.mail()) == 1
    assert (execution.status, deployment.repaired) == ("Success", [])
    assert TAG not in deployment.tags(machine)


def test_a_cancelled_execution_repairs_nothing(deployment: Deployment) -> None:
    machine = deployment.lose()
    execution = deployment.waiting()
    ssm = deployment.sandbox.client("ssm", REGION)
    ssm.stop_automation_execution(AutomationExecutionId=execution.id)
    assert len(deployment.mail()) == 1
    assert (execution.status, deployment.repaired) == ("Cancelled", [])
    assert TAG not in deployment.tags(machine)
