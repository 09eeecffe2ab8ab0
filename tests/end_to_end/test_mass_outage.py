"""2,000 machines lost in one run: one message in digest mode, all of them in the end in instance mode.

Also one outage of one machine. What AWS charges for is counted: benchmarks/costs.py has the prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.costs import COUNTS, MASS_OUTAGE, MASS_OUTAGE_UNDIAGNOSED, ONE_OUTAGE, Counts
from sandbox.account import Sandbox
from sandbox.automation import engine, service
from sandbox.automation.actions import Context
from sandbox.gateway import Call
from tests.end_to_end.conftest import REGION
from tools.terraform import Workspace
from tools.terraform_setup import BUILD

ADDRESS = "on-call@example.com"
RULE = "ssm-agent-monitor"
MACHINES = 2000


class Deployment:
    """One block, and what it has cost since the last `count`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.config = sandbox.client("config", REGION)
        self.workspace = Workspace.copy_of(
            "tests/end_to_end/mass_outage", BUILD / "mass-outage", sandbox.environment(REGION)
        )
        self.workspace.init()
        self._evaluations = 0
        self._seen = Counts(0, 0, 0, 0, 0)
        sandbox.gateway.before["config", "PutEvaluations"].append(self._count_evaluations)

    def apply(self, mode: str, *, diagnosis: bool) -> None:
        self.workspace.set_variables({"mode": mode, "diagnosis": diagnosis})
        self.workspace.apply()
        self.sandbox.settle()

    def evaluate(self) -> None:
        self.sandbox.clock.move(timedelta(minutes=20))  # past the grace of what was lost before
        self.config.start_config_rules_evaluation(ConfigRuleNames=[RULE])
        self.sandbox.settle()

    def count(self) -> Counts:
        """What has come since the last time."""
        executions = self.sandbox.automation.executions()
        steps = [step for execution in executions for step in execution.steps.values()]
        calls = [call.operation for call in self.sandbox.calls.all() if not call.error]
        total = Counts(
            evaluations=self._evaluations,
            events=calls.count("PutEvents"),
            executions=len(executions),
            steps=sum(step.status != "Pending" for step in steps),
            emails=sum("SSM Agent" in mail.subject for mail in self.sandbox.inbox.messages),
        )
        seen, self._seen = self._seen, total
        return Counts(*(getattr(total, name) - getattr(seen, name) for name in vars(total)))

    def _count_evaluations(self, call: Call) -> None:
        self._evaluations += len(call.params.get("Evaluations", []))


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Sandbox(directory=tmp_path_factory.mktemp("sandbox")) as sandbox:
        deployment = Deployment(sandbox)
        deployment.apply("digest", diagnosis=True)
        sandbox.inbox.confirm(ADDRESS)
        yield deployment


def test_one_outage(deployment: Deployment) -> None:
    [machine] = deployment.sandbox.fleet.load([{"name": "web"}], deployment.sandbox.account, REGION)
    deployment.evaluate()
    deployment.count()
    deployment.sandbox.fleet.lose(machine)
    deployment.evaluate()
    deployment.sandbox.fleet.recover(machine)
    deployment.evaluate()
    assert deployment.count() == COUNTS[ONE_OUTAGE, "digest"]
    deployment.sandbox.fleet.terminate(machine)
    deployment.evaluate()


@dataclass(frozen=True)
class Outage:
    """All machines lost in one run, in digest mode: what it cost, and what the runbook called."""

    ids: list[str]
    counts: Counts
    calls: list[str]


@pytest.fixture(scope="module")
def outage(deployment: Deployment) -> Outage:
    sandbox = deployment.sandbox
    group = {"name": "rack", "count": MACHINES, "ping": "ConnectionLost"}
    ids = sandbox.fleet.load([group], sandbox.account, REGION)
    deployment.count()
    before = len(sandbox.calls.all())
    deployment.evaluate()
    calls = [call.operation for call in sandbox.calls.all()[before:] if "-automation/" in call.principal]
    return Outage(ids, deployment.count(), calls)


def test_two_thousand_lost_in_one_run_are_one_message(deployment: Deployment, outage: Outage) -> None:
    assert outage.counts == COUNTS[MASS_OUTAGE, "digest"]
    [mail] = [mail for mail in deployment.sandbox.inbox.messages if f"{MACHINES:,} machines" in mail.subject]
    assert mail.subject.startswith(f"SSM Agents lost: {MACHINES:,} machines in {deployment.sandbox.account}")
    assert sum(each in mail.body for each in outage.ids) == 50
    diagnosis = ["StartAutomationExecution", "GetAutomationExecution"]
    findings = ["DescribeAutomationStepExecutions"] * 2
    look_up = ["DescribeInstances", "DescribeInstanceInformation"]
    assert outage.calls == [*diagnosis, *look_up, *findings, "Publish"]


def test_each_of_two_thousand_is_told_in_instance_mode(
    deployment: Deployment, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than Automation takes at a time.

    Only the deliveries are real: no script runs 2,000 times, and nothing looks for causes. The quota is
    smaller than AWS's, so that it is reached on machines of any speed.
    """
    sandbox, told = deployment.sandbox, []

    def run_no_script(inputs: dict[str, Any], _context: Context) -> Any:
        if line := inputs["InputPayload"].get("Machines"):
            told.extend(line)
        return {"Payload": {"Result": "not run", "Problem": "none"}}

    monkeypatch.setattr(service, "MOST_EXECUTIONS", 200)
    monkeypatch.setitem(engine.ACTIONS, "aws:executeScript", run_no_script)
    deployment.apply("instance", diagnosis=False)
    deployment.config.delete_evaluation_results(ConfigRuleName=RULE)
    deployment.count()
    deployment.evaluate()
    sandbox.clock.move(timedelta(minutes=30))
    sandbox.settle()
    refused = [call.operation for call in sandbox.calls.all() if "LimitExceeded" in str(call.error)]
    assert refused, "there was no mass"
    assert not sandbox.events.failed_deliveries
    assert len(told) == MACHINES
    assert {line.split(" | ")[1] for line in told} == set(outage.ids)
    assert replace(deployment.count(), emails=MACHINES) == COUNTS[MASS_OUTAGE_UNDIAGNOSED, "instance"]
