"""Least privilege of the repair: whatever action is taken away, a message or an execution says so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.account import Sandbox
from sandbox.automation.execution import Execution
from tests.end_to_end.repairs import ROLES, Deployment
from tests.end_to_end.role_policies import actions_of, role_policies, without

pytestmark = pytest.mark.terraform

REBOOTS = "ec2:RebootInstances"
REPAIR = [
    "autoscaling:DescribeAutoScalingInstances",
    "config:StartConfigRulesEvaluation",
    "ec2:AssociateIamInstanceProfile",
    "ec2:CreateTags",
    "ec2:DescribeIamInstanceProfileAssociations",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceStatus",
    REBOOTS,
    "iam:PassRole",
    "sns:Publish",
    "ssm:DescribeAutomationExecutions",
    "ssm:DescribeAutomationStepExecutions",
    "ssm:DescribeInstanceInformation",
    "ssm:GetServiceSetting",
]
PLAN = [
    "autoscaling:DescribeAutoScalingInstances",
    "ssm:DescribeAutomationExecutions",
    "ssm:StartAutomationExecution",
]
MACHINES: dict[str, dict[str, str]] = {"attach": {}, "reboot": {"instance_profile": "agents"}}
"""By repair: what the machine that needs it has."""
START = ["iam:PassRole", "ssm:StartAutomationExecution"]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Sandbox(directory=tmp_path_factory.mktemp("sandbox")) as sandbox:
        deployment = Deployment(sandbox, "repair-permissions")
        deployment.apply("act")
        yield deployment


@pytest.mark.parametrize(
    ("role", "policy", "expected"),
    [
        ("repair", "repair", REPAIR),
        ("diagnosis", "plan-repair", PLAN),
        ("automation", "start-repair", START),
    ],
)
def test_the_lists_here_are_all_that_the_policies_allow(
    deployment: Deployment, role: str, policy: str, expected: list[str]
) -> None:
    statements = role_policies(deployment.sandbox, ROLES[role])[policy]["Statement"]
    assert sorted(action for each in statements for action in actions_of(each)) == sorted(expected)


@pytest.fixture(scope="module")
def whole(deployment: Deployment) -> str:
    """What is said of both repairs while nothing is missing."""
    found = [
        said(deployment, deployment.repair(deployment.load(**machine), repair))
        for repair, machine in MACHINES.items()
    ]
    return "\n".join(found)


def said(deployment: Deployment, execution: Execution) -> str:
    """What a repair sent, and why its steps failed."""
    bodies = [mail.body for mail in deployment.mail()]
    return "\n".join([*bodies, *(step.failure_message or "" for step in execution.steps.values())])


@pytest.mark.parametrize("action", REPAIR)
def test_without_a_permission_the_outcome_says_so(deployment: Deployment, whole: str, action: str) -> None:
    repair = "reboot" if action == REBOOTS else "attach"
    machine = deployment.load(**MACHINES[repair])
    with without(deployment.sandbox, ROLES["repair"], action):
        execution = deployment.repair(machine, repair)
    deployment.sandbox.fleet.terminate(machine)  # or the next evaluation finds it, and has it repaired
    operation = action.partition(":")[2]
    assert operation in said(deployment, execution)
    assert operation not in whole


@pytest.mark.parametrize("action", PLAN)
def test_what_the_plan_could_not_read_is_in_the_alert(deployment: Deployment, action: str) -> None:
    with without(deployment.sandbox, ROLES["diagnosis"], action, "plan-repair"):
        deployment.lose()
        [alert] = deployment.mail()
    plan = alert.body.partition("\nREPAIR\n")[2].partition("\n\n")[0]
    assert action.partition(":")[2] in plan
    assert deployment.repaired == []


@pytest.mark.parametrize("action", START)
def test_a_repair_that_does_not_start_is_told(deployment: Deployment, action: str) -> None:
    """The alert has promised a message with the outcome."""
    with without(deployment.sandbox, ROLES["automation"], action, "start-repair"):
        machine = deployment.lose()
        alert, outcome = deployment.mail()
    assert "A message with the outcome follows." in alert.body
    assert outcome.subject == f"SSM Agent repair: {machine}: failed, see its execution"
    [execution] = [each for each in deployment.sandbox.automation.executions() if each.id in outcome.body]
    assert execution.status == "Failed"
    assert action in (execution.steps["Repair"].failure_message or "")
    assert deployment.repaired == []
