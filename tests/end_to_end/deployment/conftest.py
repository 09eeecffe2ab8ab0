"""One apply of several blocks for all tests of this folder; it ends with the last of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.automation.execution import Execution
from sandbox.mail import Email
from tests.end_to_end.blocks import REGION, compliance_change, results, sent_in
from tools.terraform import Workspace
from tools.terraform_setup import BUILD

FIXTURE = "tests/end_to_end/several_blocks"
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Deployment:
    """What was applied, and where; `blocks` has the outputs of each block."""

    sandbox: Sandbox
    workspace: Workspace
    blocks: dict[str, dict[str, Any]]

    def add(self, region: str = REGION, **group: Any) -> str:
        """A new machine, whose agent does not answer unless the group says something else."""
        group = {"name": "machine", "ping": "ConnectionLost"} | group
        [machine] = self.sandbox.fleet.load([group], self.sandbox.account, region)
        return machine

    def pass_time(self, minutes: float) -> list[Email]:
        """Let time pass, with all that is due in it; return the e-mails that were sent."""
        return sent_in(self.sandbox, timedelta(minutes=minutes))

    def evaluate(self, name: str, region: str = REGION) -> list[Email]:
        """Run a rule as a person would, and wait for all that follows; return the e-mails that were sent."""
        config = self.sandbox.client("config", region)
        before = len(self.sandbox.inbox.messages)
        for _ in range(2):  # Config takes one such call a minute, and a schedule's may be the last
            self.sandbox.clock.move(timedelta(minutes=2))
            with suppress(config.exceptions.LimitExceededException):
                config.start_config_rules_evaluation(ConfigRuleNames=[name])
                break
        self.sandbox.settle()
        return self.sandbox.inbox.messages[before:]

    def tell(self, machine: str) -> tuple[list[Execution], list[Email]]:
        """Let Config announce that a machine is lost; return the executions and the e-mails that followed."""
        executions, mails = len(self.executions()), len(self.sandbox.inbox.messages)
        self.sandbox.events.deliver(self.sandbox.account, REGION, compliance_change("one", machine, "x"))
        self.sandbox.settle()
        sent = [mail for mail in self.sandbox.inbox.messages[mails:] if mail.to == "one@example.com"]
        return self.executions()[executions:], sent

    def executions(self, region: str = REGION) -> list[Execution]:
        """All executions in a Region so far."""
        return self.sandbox.automation.executions(self.sandbox.account, region)

    def start_anew(self, name: str) -> None:
        """Let the next run of a block's function be in a new process, as after any update of it."""
        client = self.sandbox.client("lambda", REGION)
        timeout = client.get_function_configuration(FunctionName=name)["Timeout"]
        client.update_function_configuration(FunctionName=name, Timeout=timeout)

    def compliance(self, name: str, region: str = REGION) -> dict[str, str]:
        """The compliance type of each resource by its id."""
        found = results(self.sandbox, name, region)
        return {each: kind for each, (kind, _) in found.items() if kind != "NOT_APPLICABLE"}

    def has_failed(self, name: str, region: str = REGION) -> bool:
        """Whether the rule's last run failed."""
        config = self.sandbox.client("config", region)
        answer = config.describe_config_rule_evaluation_status(ConfigRuleNames=[name])
        [status] = answer["ConfigRulesEvaluationStatus"]
        return bool(status.get("LastFailedInvocationTime", NEVER) > status["LastSuccessfulInvocationTime"])

    def log_lines(self, block: str = "one", region: str = REGION) -> list[str]:
        """The lines that the block's function has logged, as texts of JSON."""
        pages = self.sandbox.client("logs", region).get_paginator("filter_log_events")
        group = self.blocks[block]["log_group_name"]
        return [line["message"] for page in pages.paginate(logGroupName=group) for line in page["events"]]


@pytest.fixture(scope="package")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Sandbox(directory=tmp_path_factory.mktemp("sandbox")) as sandbox:
        workspace = Workspace.copy_of(FIXTURE, BUILD / "several-blocks", sandbox.environment(REGION))
        workspace.init()
        workspace.apply()
        sandbox.settle()
        for address in sandbox.inbox.pending():
            sandbox.inbox.confirm(address)
        yield Deployment(sandbox, workspace, workspace.outputs()["blocks"])
