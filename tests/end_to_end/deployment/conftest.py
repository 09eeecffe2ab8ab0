"""One apply of several blocks for all tests of this folder; it ends with the last of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from sandbox.account import Sandbox
from tests.end_to_end.conftest import REGION
from tools.terraform import Workspace
from tools.terraform_setup import BUILD

FIXTURE = "tests/end_to_end/several_blocks"


@dataclass
class Deployment:
    """What was applied, and where."""

    sandbox: Sandbox
    workspace: Workspace
    outputs: dict[str, Any]

    def evaluate(self, name: str, region: str = REGION) -> None:
        """Run a rule as a person would, and wait for all that follows."""
        config = self.sandbox.client("config", region)
        for _ in range(2):  # Config takes one such call a minute, and a schedule's may be the last
            self.sandbox.clock.move(timedelta(minutes=2))
            try:
                config.start_config_rules_evaluation(ConfigRuleNames=[name])
            except config.exceptions.LimitExceededException:
                continue
            break
        self.sandbox.settle()

    def start_anew(self, name: str, region: str = REGION) -> None:
        """Let the next run of a block's function be in a new process, as after any update of it."""
        client = self.sandbox.client("lambda", region)
        timeout = client.get_function_configuration(FunctionName=name)["Timeout"]
        client.update_function_configuration(FunctionName=name, Timeout=timeout)

    def compliance(self, name: str, region: str = REGION) -> dict[str, str]:
        """The compliance type of each resource by its id."""
        pages = self.sandbox.client("config", region).get_paginator("get_compliance_details_by_config_rule")
        return {
            result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]: result[
                "ComplianceType"
            ]
            for page in pages.paginate(ConfigRuleName=name, ComplianceTypes=["COMPLIANT", "NON_COMPLIANT"])
            for result in page["EvaluationResults"]
        }

    def status(self, name: str, region: str = REGION) -> dict[str, Any]:
        """What Config says of the rule's last run."""
        answer = self.sandbox.client("config", region).describe_config_rule_evaluation_status(
            ConfigRuleNames=[name]
        )
        status: dict[str, Any] = answer["ConfigRulesEvaluationStatus"][0]
        return status

    def log_lines(self, block: str = "one", region: str = REGION) -> list[str]:
        """The lines that the block's function has logged, as texts of JSON."""
        pages = self.sandbox.client("logs", region).get_paginator("filter_log_events")
        group = self.outputs[block]["log_group_name"]
        return [line["message"] for page in pages.paginate(logGroupName=group) for line in page["events"]]

    def mail_since(self, count: int) -> list[Any]:
        """The e-mails after the first `count` ones."""
        return self.sandbox.inbox.messages[count:]


@pytest.fixture(scope="package")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Sandbox(directory=tmp_path_factory.mktemp("sandbox")) as sandbox:
        workspace = Workspace.copy_of(FIXTURE, BUILD / "several-blocks", sandbox.environment(REGION))
        workspace.init()
        workspace.apply()
        sandbox.settle()
        for address in sandbox.inbox.pending():
            sandbox.inbox.confirm(address)
        yield Deployment(sandbox, workspace, workspace.outputs())
