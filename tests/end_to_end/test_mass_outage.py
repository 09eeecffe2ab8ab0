"""What starts the runbook, and how often: 2,000 machines lost in one run, or one; in both modes.

What AWS charges for is counted: benchmarks/costs.py has the prices.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.costs import COUNTS, MASS_OUTAGE, ONE_OUTAGE, Counts
from sandbox.account import Sandbox
from sandbox.automation import engine, executions
from sandbox.automation.actions import Context
from sandbox.gateway import Call
from tests.end_to_end.blocks import REGION, RULE, Block, block_of, compliance_change

MACHINES = 2000
QUEUED = 20
ID = "i-0123456789abcdef0"
OTHER_ACCOUNT = {"account": "999999999999"}

DIGEST: dict[str, Any] = {
    "source": "ssm-agent-monitor",
    "detail-type": "Fleet Status Changed",
    "detail": {
        "version": "1",
        "ruleName": RULE,
        "detectedAt": "2026-03-01T10:00:00Z",
        "change": "Lost",
        "totals": ["Lost | never-registered | 1", "Recovered | unknown | 1"],
        "machines": [
            f'Lost | {ID} |  | Never "registered" {{now}}\n [never-registered]',
            "Recovered | mi-0123456789abcdef0 | NON_COMPLIANT x | ",
        ],
        "instanceIds": [],
    },
}
CHANGE = compliance_change(RULE, ID, "Lost connection.")


def of_rule(event: dict[str, Any], **name: str) -> dict[str, Any]:
    return {**event, "detail": {**event["detail"], **name}}


FORGED: dict[str, list[dict[str, Any]]] = {
    "instance": [DIGEST, CHANGE | OTHER_ACCOUNT, of_rule(CHANGE, configRuleName="agents-2")],
    "digest": [
        CHANGE,
        DIGEST | OTHER_ACCOUNT,
        of_rule(DIGEST, ruleName="agents-2"),
        DIGEST | {"source": "aws.config"},
        DIGEST | {"detail-type": "Something Else"},
    ],
}
"""By mode, events that start nothing."""


class Deployment(Block):
    """A block whose mode changes, and what it has cost since the last `count`."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, "mass-outage")
        self._evaluations = 0
        self._seen = Counts(0, 0, 0, 0, 0)
        sandbox.gateway.before["config", "PutEvaluations"].append(self._count_evaluations)

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

    def started_by(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        """The parameters of the executions that an event starts."""
        before = len(self.sandbox.automation.executions())
        account = self.sandbox.account
        self.sandbox.events.deliver(account, REGION, {"account": account, **event})
        self.sandbox.settle()
        assert self.sandbox.events.failed_deliveries == []
        return [execution.parameters for execution in self.sandbox.automation.executions()[before:]]

    def _count_evaluations(self, call: Call) -> None:
        self._evaluations += len(call.params.get("Evaluations", []))


@pytest.fixture(scope="module")
def instance(account: Sandbox) -> Deployment:
    """The block, in instance mode until a test asks for `digest`."""
    deployment = Deployment(account)
    deployment.apply(**block_of("instance"))
    return deployment


@pytest.fixture(scope="module")
def digest(instance: Deployment) -> Deployment:
    """The same block in digest mode: its rule for lost machines is changed in place."""
    instance.sandbox.fleet.clear()
    changed = instance.apply(**block_of("digest"))
    rules = {address: how for address, how in changed.items() if ".aws_cloudwatch_event_" in address}
    module = "module.ssm_agent_monitor.module.event_rule[0].aws_cloudwatch_event"
    assert rules == {
        f'{module}_rule.this["lost"]': "updated in-place",
        f'{module}_target.runbook["lost"]': "updated in-place",
        f'{module}_rule.this["recovered"]': "destroyed",
        f'{module}_target.runbook["recovered"]': "destroyed",
    }
    return instance


def test_in_instance_mode_a_change_starts_the_runbook(instance: Deployment) -> None:
    [parameters] = instance.started_by(CHANGE)
    assert parameters["Machines"] == [f"Lost | {ID} |   | Lost connection."]
    assert (parameters["InstanceId"], parameters["InstanceIds"]) == (ID, [ID])
    assert parameters["Change"] == "Lost"
    assert parameters["DetectedAt"] == "2026-03-01T10:00:03Z"
    assert [instance.started_by(forged) for forged in FORGED["instance"]] == [[]] * 3


def test_in_instance_mode_each_machine_is_told_however_many_wait(
    instance: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than Automation takes at a time, each with its own diagnosis: no message waits for another's.

    The quotas are smaller than AWS's, and no execution asks the function before one was refused, so that
    they are reached on machines of any speed.
    """
    sandbox, is_full, ask = instance.sandbox, threading.Event(), engine.ACTIONS["aws:invokeLambdaFunction"]

    def watch(_call: Call, error: str | None) -> None:
        if "LimitExceeded" in str(error):
            is_full.set()

    def ask_later(inputs: dict[str, Any], context: Context) -> Any:
        is_full.wait(timeout=300)
        return ask(inputs, context)

    monkeypatch.setattr(executions, "MOST_RUNNING", 2)
    monkeypatch.setattr(executions, "MOST_QUEUED", 5)
    sandbox.gateway.recorders.append(watch)
    monkeypatch.setitem(engine.ACTIONS, "aws:invokeLambdaFunction", ask_later)
    ids = instance.load(name="queued", count=QUEUED, ping="ConnectionLost")
    instance.count()
    before = len(sandbox.inbox.messages)
    instance.evaluate()
    sandbox.clock.move(timedelta(minutes=30))
    sandbox.settle()
    assert is_full.is_set(), "there was no mass"
    assert not sandbox.events.failed_deliveries
    bodies = [mail.body for mail in sandbox.inbox.messages[before:]]
    assert [sum(each in body for body in bodies) for each in ids] == [1] * QUEUED
    assert all("LOOKED AT" in body and "COULD NOT BE READ" not in body for body in bodies)
    assert not any(each.parent_id for each in sandbox.automation.executions())
    counted = Counts(*(number * MACHINES // QUEUED for number in vars(instance.count()).values()))
    assert counted == COUNTS[MASS_OUTAGE, "instance"]


def test_one_outage(digest: Deployment) -> None:
    [machine] = digest.load(name="web")
    digest.evaluate()
    digest.count()
    digest.sandbox.fleet.lose(machine)
    digest.evaluate()
    digest.sandbox.fleet.recover(machine)
    digest.evaluate()
    assert digest.count() == COUNTS[ONE_OUTAGE, "digest"]


def test_in_digest_mode_the_evaluators_event_starts_it_once_for_all_machines(digest: Deployment) -> None:
    [parameters] = digest.started_by(DIGEST)
    assert parameters["Machines"] == DIGEST["detail"]["machines"]
    assert parameters["Totals"] == DIGEST["detail"]["totals"]
    assert parameters["InstanceIds"] == []
    assert (parameters["Change"], parameters["DetectedAt"]) == ("Lost", "2026-03-01T10:00:00Z")
    assert (parameters["AccountId"], parameters["Region"]) == (digest.sandbox.account, REGION)
    assert [digest.started_by(forged) for forged in FORGED["digest"]] == [[]] * 5


def test_two_thousand_lost_in_one_run_are_one_message(digest: Deployment) -> None:
    sandbox = digest.sandbox
    ids = digest.load(name="rack", count=MACHINES, ping="ConnectionLost")
    digest.count()
    before = len(sandbox.calls.all())
    digest.evaluate()
    assert digest.count() == COUNTS[MASS_OUTAGE, "digest"]
    [mail] = [mail for mail in sandbox.inbox.messages if f"{MACHINES:,} machines" in mail.subject]
    assert mail.subject.startswith(f"SSM Agents lost: {MACHINES:,} machines in {sandbox.account}")
    assert sum(each in mail.body for each in ids) == 50
    assert "WITHOUT AN INSTANCE PROFILE" in mail.body.upper()
    is_own = re.compile(r"-(automation|responder)/").search
    calls = Counter(call.operation for call in sandbox.calls.all()[before:] if is_own(call.principal))
    once = ("Invoke", "DescribeInstances", "DescribeInstanceInformation", "Publish")
    assert [calls[operation] for operation in once] == [1] * len(once)
