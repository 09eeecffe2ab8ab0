"""One block that repairs machines, applied by Terraform, and a fleet whose agents come back by it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from sandbox.account import Sandbox
from sandbox.automation.execution import Execution
from sandbox.gateway import Call
from tests.end_to_end.blocks import REGION, RULE, Block

TAG = f"{RULE}:repaired-at"
ROLE = "arn:aws:iam::123456789012:role/agents"
ROLES = {name: f"{RULE}-{REGION}-{name}" for name in ("automation", "repair", "responder")}


class Deployment(Block):
    """A block, and a fleet whose agents come back once they are repaired."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, "repair")
        self.repaired: list[tuple[str, str]] = []
        for operation in ("AssociateIamInstanceProfile", "RebootInstances"):
            sandbox.gateway.after["ec2", operation].append(self._comes_back)
        sandbox.fleet.load({"machines": [], "roles": {"agents": {}}}, sandbox.account, REGION)

    def repair_in(self, mode: str, *approvers: str) -> None:
        """Apply the block with repairs in a mode, and whoever must approve them."""
        self.apply(
            recorder={"force_destroy": True},
            notification={"emails": ["on-call@example.com"], "mode": "instance", "reminder_schedule": ""},
            repair={
                "mode": mode,
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
        group = {"name": "web", "ping": "ConnectionLost", "tags": {"Repair": "yes"}, **group}
        [machine] = self.load(**group)
        self.sandbox.inbox.messages.clear()
        self.repaired.clear()
        return machine

    def repair(self, machine: str, action: str) -> Execution:
        """The execution that repairs a machine, by the runbook that the alert's would start."""
        topic = f"arn:aws:sns:{REGION}:{self.sandbox.account}:{RULE}"
        answer = self.sandbox.client("ssm", REGION).start_automation_execution(
            DocumentName=f"{RULE}-repair",
            Parameters={
                "AutomationAssumeRole": [f"arn:aws:iam::{self.sandbox.account}:role/{ROLES['repair']}"],
                "TopicArn": [topic],
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
        for _ in range(6000):
            for execution in self.sandbox.automation.executions():
                if execution.status == "Waiting":
                    return execution
            time.sleep(0.02)
        raise AssertionError("no execution waits")

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
