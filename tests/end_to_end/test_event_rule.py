"""What the event rules let through, what the runbook is started with, and what a change of mode does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.account import Sandbox
from tests.end_to_end.conftest import REGION
from tools.terraform import Workspace
from tools.terraform_setup import BUILD

pytestmark = pytest.mark.terraform

LINES = [
    'Lost | i-1 |  | Never "registered" {now}\n [never-registered]',
    "Recovered | i-2 | NON_COMPLIANT x | ",
]
DIGEST: dict[str, Any] = {
    "source": "ssm-agent-monitor",
    "detail-type": "Fleet Status Changed",
    "detail": {
        "version": "1",
        "ruleName": "agents",
        "detectedAt": "2026-03-01T10:00:00Z",
        "change": "Lost",
        "totals": ["Lost | never-registered | 1", "Recovered | unknown | 1"],
        "machines": LINES,
        "instanceIds": [],
    },
}
CHANGE: dict[str, Any] = {
    "source": "aws.config",
    "detail-type": "Config Rules Compliance Change",
    "time": "2026-03-01T10:00:03Z",
    "detail": {
        "messageType": "ComplianceChangeNotification",
        "configRuleName": "agents",
        "resourceType": "AWS::EC2::Instance",
        "resourceId": "i-1",
        "newEvaluationResult": {"complianceType": "NON_COMPLIANT", "annotation": "Lost connection."},
    },
}


class Deployment:
    """The rules in one mode after another, in one account."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.workspace = Workspace.copy_of(
            "tests/end_to_end/event_rule", BUILD / "event-rule", sandbox.environment(REGION)
        )
        self.workspace.init()

    def change_to(self, mode: str) -> dict[str, list[str]]:
        """Apply, then expect an empty plan; returns what happened to the event rules and their targets."""
        self.workspace.set_variables({"mode": mode})
        changes = self.workspace.show(self.workspace.plan())["resource_changes"]
        self.workspace.apply()
        plan = self.workspace.plan()
        assert not plan.has_changes, plan.text
        return {
            change["address"].removeprefix("module.event_rule."): change["change"]["actions"]
            for change in changes
            if change["type"].startswith("aws_cloudwatch_event_")
        }

    def started_by(self, event: dict[str, Any], account: str = "") -> list[dict[str, Any]]:
        """The parameters of the executions that an event starts."""
        before = len(self.sandbox.automation.executions())
        owner = self.sandbox.account
        self.sandbox.events.deliver(owner, REGION, {**event, "account": account or owner})
        self.sandbox.settle()
        assert self.sandbox.events.failed_deliveries == []
        return [execution.parameters for execution in self.sandbox.automation.executions()[before:]]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Sandbox(directory=tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield Deployment(sandbox)


def with_detail(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**event, "detail": {**event["detail"], **fields}}


def test_in_instance_mode_a_change_starts_the_runbook(deployment: Deployment) -> None:
    deployment.change_to("instance")
    [parameters] = deployment.started_by(CHANGE)
    assert parameters["Machines"] == ["Lost | i-1 |   | Lost connection."]
    assert (parameters["InstanceId"], parameters["InstanceIds"]) == ("i-1", ["i-1"])
    assert parameters["Change"] == "Lost"
    assert parameters["DetectedAt"] == "2026-03-01T10:00:03Z"
    assert deployment.started_by(DIGEST) == []
    assert deployment.started_by(with_detail(CHANGE, configRuleName="agents-2")) == []
    assert deployment.started_by(CHANGE, account="999999999999") == []


def test_to_digest_mode_the_rule_is_changed_in_place(deployment: Deployment) -> None:
    assert deployment.change_to("digest") == {
        'aws_cloudwatch_event_rule.this["lost"]': ["update"],
        'aws_cloudwatch_event_target.runbook["lost"]': ["update"],
        'aws_cloudwatch_event_rule.this["recovered"]': ["delete"],
        'aws_cloudwatch_event_target.runbook["recovered"]': ["delete"],
    }


def test_in_digest_mode_the_evaluators_event_starts_it_once_for_all_machines(deployment: Deployment) -> None:
    [parameters] = deployment.started_by(DIGEST)
    assert parameters["Machines"] == LINES
    assert parameters["Totals"] == DIGEST["detail"]["totals"]
    assert parameters["InstanceIds"] == []
    assert (parameters["Change"], parameters["DetectedAt"]) == ("Lost", "2026-03-01T10:00:00Z")
    assert (parameters["AccountId"], parameters["Region"]) == (deployment.sandbox.account, REGION)
    assert deployment.started_by(CHANGE) == []


@pytest.mark.parametrize(
    ("event", "account"),
    [
        (DIGEST, "999999999999"),
        (with_detail(DIGEST, ruleName="agents-2"), ""),
        ({**DIGEST, "source": "aws.config"}, ""),
        ({**DIGEST, "detail-type": "Something Else"}, ""),
    ],
)
def test_a_forged_event_starts_nothing(deployment: Deployment, event: dict[str, Any], account: str) -> None:
    assert deployment.started_by(event, account) == []


def test_and_back_to_instance_mode_too(deployment: Deployment) -> None:
    actions = deployment.change_to("instance")
    assert actions['aws_cloudwatch_event_rule.this["lost"]'] == ["update"]
    assert actions['aws_cloudwatch_event_rule.this["recovered"]'] == ["create"]
