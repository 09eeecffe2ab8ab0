"""One block of the module, applied by Terraform with any inputs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from sandbox.account import Sandbox
from tools.terraform import Workspace
from tools.terraform_setup import BUILD

FIXTURE = "tests/end_to_end/block"
REGION = "eu-central-1"
RULE = "ssm-agent-monitor"


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

    def load(self, **group: Any) -> list[str]:
        """New machines."""
        return self.sandbox.fleet.load([group], self.sandbox.account, REGION)

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


def changes(text: str) -> dict[str, str]:
    """By address, what a plan or an apply says of the resources that it doesn't leave as they are."""
    return dict(re.findall(r"^  # (.+) (?:will|must) be (.+)$", text, re.MULTILINE))


def assert_nothing_to_do(workspace: Workspace) -> None:
    """A plan is empty."""
    plan = workspace.plan()
    assert not plan.has_changes, plan.text
