"""2,000 machines lost in one run: one message in digest mode, all of them in the end in instance mode.

Also one outage of one machine. What AWS charges for is counted: benchmarks/costs.py has the prices.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.costs import COUNTS, MASS_OUTAGE, ONE_OUTAGE, Counts
from sandbox.account import Sandbox
from sandbox.automation import engine, executions
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

    def apply(self, mode: str) -> None:
        self.workspace.set_variables({"mode": mode, "diagnosis": True})
        self.workspace.apply()
        self.sandbox.settle()

    def evaluate(self) -> None:
        self.sandbox.clock.move(timedelta(minutes=20))  # past the grace of what was lost before
        self.config.start_config_rules_evaluation(ConfigRuleNames=[RULE])
        self.sandbox.settle()

    def count(self) -> Counts:
        """What has come since the last time."""
        started = self.sandbox.automation.executions()
        steps = [step for execution in started for step in execution.steps.values()]
        calls = [call.operation for call in self.sandbox.calls.all() if not call.error]
        total = Counts(
            evaluations=self._evaluations,
            events=calls.count("PutEvents"),
            executions=len(started),
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
        deployment.apply("digest")
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
    calls = [
        call.operation
        for call in sandbox.calls.all()[before:]
        if "-automation/" in call.principal or "-responder/" in call.principal
    ]
    return Outage(ids, deployment.count(), calls)


def test_two_thousand_lost_in_one_run_are_one_message(deployment: Deployment, outage: Outage) -> None:
    assert outage.counts == COUNTS[MASS_OUTAGE, "digest"]
    [mail] = [mail for mail in deployment.sandbox.inbox.messages if f"{MACHINES:,} machines" in mail.subject]
    assert mail.subject.startswith(f"SSM Agents lost: {MACHINES:,} machines in {deployment.sandbox.account}")
    assert sum(each in mail.body for each in outage.ids) == 50
    assert "WITHOUT AN INSTANCE PROFILE" in mail.body.upper()
    for operation in ("Invoke", "DescribeInstances", "DescribeInstanceInformation", "Publish"):
        assert outage.calls.count(operation) == 1, operation


def test_each_of_two_thousand_is_told_in_instance_mode(
    deployment: Deployment, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than Automation takes at a time, each with its own diagnosis: no message waits for another's.

    Only the deliveries are real: the function is not run 2,000 times. The quotas are smaller than AWS's, and
    no execution ends before one was refused, so that they are reached on machines of any speed.
    """
    sandbox, told, is_full = deployment.sandbox, [], threading.Event()

    def watch(_call: Call, error: str | None) -> None:
        if "LimitExceeded" in str(error):
            is_full.set()

    def answer(inputs: dict[str, Any], _context: Context) -> Any:
        is_full.wait(timeout=300)
        payload = inputs["InputPayload"]
        told.append((payload["Request"], *payload["Machines"]))
        return {"StatusCode": 200, "Payload": {"Status": "sent", "Result": "not run", "Problem": "none"}}

    monkeypatch.setattr(executions, "MOST_RUNNING", 5)
    monkeypatch.setattr(executions, "MOST_QUEUED", 20)
    sandbox.gateway.recorders.append(watch)
    monkeypatch.setitem(engine.ACTIONS, "aws:invokeLambdaFunction", answer)
    deployment.apply("instance")
    deployment.config.delete_evaluation_results(ConfigRuleName=RULE)
    deployment.count()
    deployment.evaluate()
    sandbox.clock.move(timedelta(minutes=30))
    sandbox.settle()
    assert is_full.is_set(), "there was no mass"
    assert not sandbox.events.failed_deliveries
    assert {request for request, *_ in told} == {"Notify"}
    assert len(told) == MACHINES
    assert {line.split(" | ")[1] for _, line in told} == set(outage.ids)
    assert not any(each.parent_id for each in sandbox.automation.executions())
    assert replace(deployment.count(), emails=MACHINES) == COUNTS[MASS_OUTAGE, "instance"]


def test_a_queue_of_executions_costs_no_message_its_diagnosis(
    deployment: Deployment, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the function itself, and room for two executions at a time."""
    sandbox = deployment.sandbox
    for machine in outage.ids:
        sandbox.fleet.terminate(machine)
    deployment.evaluate()
    group = {"name": "queued", "count": 12, "ping": "ConnectionLost"}
    ids = sandbox.fleet.load([group], sandbox.account, REGION)
    before = len(sandbox.inbox.messages)
    monkeypatch.setattr(executions, "MOST_RUNNING", 2)
    deployment.evaluate()
    bodies = [mail.body for mail in sandbox.inbox.messages[before:]]
    assert sorted(sum(each in body for body in bodies) for each in ids) == [1] * len(ids)
    assert all("LOOKED AT" in body and "COULD NOT BE READ" not in body for body in bodies)
