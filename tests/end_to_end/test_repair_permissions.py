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
    "config:StartConfigRulesEvaluation",
    "ec2:AssociateIamInstanceProfile",
    "ec2:CreateTags",
    REBOOTS,
    "iam:PassRole",
    "lambda:InvokeFunction",
    "sns:Publish",
    "ssm:DescribeInstanceInformation",
]
DECIDE = [
    "autoscaling:DescribeAutoScalingInstances",
    "ec2:DescribeIamInstanceProfileAssociations",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceStatus",
    "ssm:DescribeAutomationExecutions",
    "ssm:DescribeInstanceInformation",
    "ssm:GetServiceSetting",
]
"""What the responder reads before a machine is repaired."""
MACHINES: dict[str, dict[str, str]] = {"attach": {}, "reboot": {"instance_profile": "agents"}}
"""By repair: what the machine that needs it has."""
START = ["iam:PassRole", "ssm:StartAutomationExecution"]
FOLLOW = "ssm:GetAutomationExecution"


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
        ("automation", "runbook", [*START, FOLLOW, "lambda:InvokeFunction", "sns:Publish"]),
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


def lost(deployment: Deployment, role: str, action: str) -> str:
    """What is said of a repair while the role lacks an action."""
    repair = "reboot" if action == REBOOTS else "attach"
    machine = deployment.load(**MACHINES[repair])
    with without(deployment.sandbox, ROLES[role], action):
        execution = deployment.repair(machine, repair)
    deployment.sandbox.fleet.terminate(machine)  # or the next evaluation finds it, and has it repaired
    return said(deployment, execution)


@pytest.mark.parametrize("action", [each for each in REPAIR if each != "sns:Publish"])
def test_without_a_permission_the_outcome_says_so(deployment: Deployment, whole: str, action: str) -> None:
    operation = action.partition(":")[2]
    assert operation in lost(deployment, "repair", action)
    assert operation not in whole


def test_its_own_right_to_publish_is_for_the_last_resort_alone(deployment: Deployment) -> None:
    assert "instance profile attached, agent online" in lost(deployment, "repair", "sns:Publish")


@pytest.mark.parametrize("action", DECIDE)
def test_what_the_decision_could_not_read_holds_it_back(deployment: Deployment, action: str) -> None:
    outcome = lost(deployment, "responder", action)
    assert "nothing was done" in outcome
    assert f"({action.partition(':')[2]})" in outcome
    assert deployment.repaired == []


@pytest.mark.parametrize("action", DECIDE)
def test_what_the_plan_could_not_read_is_in_the_alert(deployment: Deployment, action: str) -> None:
    with without(deployment.sandbox, ROLES["responder"], action):
        deployment.lose()
        [alert] = deployment.mail()
    plan = alert.body.partition("\nREPAIR\n")[2].partition("\n\n")[0]
    assert f"({action.partition(':')[2]})" in plan
    assert deployment.repaired == []


@pytest.mark.parametrize("action", START)
def test_a_repair_that_does_not_start_is_told(deployment: Deployment, action: str) -> None:
    """The alert has promised a message with the outcome."""
    with without(deployment.sandbox, ROLES["automation"], action):
        machine = deployment.lose()
        alert, outcome = deployment.mail()
    assert "A message with the outcome follows." in alert.body
    assert outcome.subject == f"SSM Agent repair: {machine}: failed, see its execution"
    [execution] = [each for each in deployment.sandbox.automation.executions() if each.id in outcome.body]
    assert execution.status == "Failed"
    assert action in (execution.steps["Repair"].failure_message or "")
    assert deployment.repaired == []


def test_a_repair_that_is_not_followed_is_told_by_both(deployment: Deployment) -> None:
    """The repair sends its outcome; the runbook does not hear of it, and says so."""
    with without(deployment.sandbox, ROLES["automation"], FOLLOW):
        machine = deployment.lose()
        subjects = {mail.subject for mail in deployment.mail()}
    assert {
        f"SSM Agent repair: {machine}: instance profile attached, agent online",
        f"SSM Agent repair: {machine}: failed, see its execution",
    } < subjects
