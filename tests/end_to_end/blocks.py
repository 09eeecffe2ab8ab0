"""One block of the module, applied by Terraform with any inputs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from sandbox.account import Sandbox
from sandbox.mail import Email
from tools.terraform import Workspace
from tools.terraform_setup import BUILD

FIXTURE = "tests/end_to_end/block"
REGION = "eu-central-1"
RULE = "ssm-agent-monitor"


def block_of(mode: str) -> dict[str, Any]:
    """The inputs of a block by itself, which tells somebody in a mode."""
    notification = {"emails": ["on-call@example.com"], "mode": mode, "reminder_schedule": ""}
    return {"notification": notification, "recorder": {"force_destroy": True}}


class Block:
    """A block, and a folder for Terraform."""

    def __init__(self, sandbox: Sandbox, folder: str) -> None:
        self.sandbox = sandbox
        self.workspace = Workspace.copy_of(FIXTURE, BUILD / folder, sandbox.environment(REGION))
        self.workspace.init()

    def apply(self, **inputs: Any) -> dict[str, str]:
        """Apply the block with these inputs; whoever is asked to confirm does. Returns what was changed."""
        self.workspace.set_variables({"inputs": inputs})
        answer = self.workspace.run("apply", "-auto-approve", "-input=false", "-no-color", "-refresh=false")
        self.sandbox.settle()
        for address in self.sandbox.inbox.pending():
            self.sandbox.inbox.confirm(address)
        return changes(answer.output)

    def load(self, roles: Any = None, networks: Any = None, **group: Any) -> list[str]:
        """New machines, and the roles and networks that are made for them."""
        machines = [{"name": "web", **group}]
        content = {"roles": roles or {}, "networks": networks or {}, "machines": machines}
        return self.sandbox.fleet.load(content, self.sandbox.account, REGION)

    def evaluate(self) -> None:
        """Run the rule as a person would, past the grace of what was lost before, and all that follows."""
        self.sandbox.clock.move(timedelta(minutes=20))
        config = self.sandbox.client("config", REGION)
        config.start_config_rules_evaluation(ConfigRuleNames=[RULE])
        self.sandbox.settle()


def results(sandbox: Sandbox, rule: str, region: str = REGION) -> dict[str, tuple[str, str]]:
    """What AWS Config has of a rule, by resource: the compliance type and the annotation."""
    pages = sandbox.client("config", region).get_paginator("get_compliance_details_by_config_rule")
    found = pages.paginate(
        ConfigRuleName=rule, ComplianceTypes=["COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"]
    ).search(
        "EvaluationResults[].[EvaluationResultIdentifier.EvaluationResultQualifier.ResourceId, "
        "ComplianceType, Annotation]"
    )
    return {resource: (kind, annotation or "") for resource, kind, annotation in found}


def compliance_change(rule: str, machine: str, annotation: str) -> dict[str, Any]:
    """The event that AWS Config sends when a machine becomes NON_COMPLIANT."""
    return {
        "source": "aws.config",
        "detail-type": "Config Rules Compliance Change",
        "time": "2026-03-01T10:00:03Z",
        "detail": {
            "messageType": "ComplianceChangeNotification",
            "configRuleName": rule,
            "resourceType": "AWS::EC2::Instance",
            "resourceId": machine,
            "newEvaluationResult": {"complianceType": "NON_COMPLIANT", "annotation": annotation},
        },
    }


def sent_in(sandbox: Sandbox, time: timedelta) -> list[Email]:
    """Let time pass, with all that is due in it; return the e-mails that were sent."""
    before = len(sandbox.inbox.messages)
    sandbox.clock.move(time)
    sandbox.settle()
    return sandbox.inbox.messages[before:]


def changes(text: str) -> dict[str, str]:
    """By address, what a plan or an apply says of the resources that it doesn't leave as they are."""
    return dict(re.findall(r"^  # (.+) (?:will|must) be (.+)$", text, re.MULTILINE))


def assert_nothing_to_do(workspace: Workspace) -> None:
    """A plan is empty."""
    plan = workspace.plan()
    assert not plan.has_changes, plan.text
