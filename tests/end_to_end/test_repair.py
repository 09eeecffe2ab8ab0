"""Machines that are repaired: planned in the alert, approved, done with the role's rights, and reported."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.account import Sandbox
from tests.end_to_end.conftest import REGION
from tests.end_to_end.repairs import TAG, Deployment

pytestmark = pytest.mark.terraform

APPROVER = "arn:aws:iam::123456789012:role/on-call"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Sandbox(directory=tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield Deployment(sandbox, "repair")


def test_in_preview_the_message_says_what_would_be_done(deployment: Deployment) -> None:
    deployment.apply("preview")
    deployment.lose()
    [alert] = deployment.mail()
    assert (
        "REPAIR\n"
        '  With repair.mode = "act", the runbook would now attach the instance profile agents. '
        "As it is, it does nothing.\n"
    ) in alert.body
    assert deployment.repaired == []


def test_a_profile_is_attached_and_the_outcome_told(deployment: Deployment) -> None:
    deployment.apply("act")
    machine = deployment.lose()
    alert, outcome = deployment.mail()
    assert "  The runbook will now attach the instance profile agents." in alert.body
    assert outcome.subject == f"SSM Agent repair: {machine}: instance profile attached, agent online"
    assert deployment.repaired == [("AssociateIamInstanceProfile", machine)]
    assert TAG in deployment.tags(machine)


def test_a_machine_is_rebooted(deployment: Deployment) -> None:
    machine = deployment.lose(instance_profile="agents")
    alert, *outcomes = deployment.mail()
    [outcome] = outcomes
    assert "  The runbook will now reboot the machine." in alert.body
    assert outcome.subject == f"SSM Agent repair: {machine}: machine rebooted, agent online"
    assert deployment.repaired == [("RebootInstances", machine)]


def test_a_machine_without_the_tag_is_left_alone(deployment: Deployment) -> None:
    deployment.lose(tags={})
    [alert] = deployment.mail()
    assert "  Held back: it does not have the tag Repair = yes.\n" in alert.body
    assert deployment.repaired == []


def test_the_alert_goes_out_before_the_approval(deployment: Deployment) -> None:
    deployment.apply("act", APPROVER)
    machine = deployment.lose()
    execution = deployment.waiting()
    [alert] = [
        each for each in deployment.sandbox.inbox.messages if each.subject.startswith("SSM Agent lost")
    ]
    assert "if that is approved within an hour: open Execution, under LINKS." in alert.body
    assert f"/automation/execution/{execution.id}?" in alert.body
    assert deployment.repaired == []
    deployment.answer(execution, "Approve")
    subjects = [each.subject for each in deployment.mail()]
    assert subjects[1] == f"SSM Agent repair: {machine}: instance profile attached, agent online"
    assert execution.status == "Success"


def test_a_denial_ends_well(deployment: Deployment) -> None:
    machine = deployment.lose()
    execution = deployment.waiting()
    deployment.answer(execution, "Reject")
    assert len(deployment.mail()) == 1
    assert (execution.status, deployment.repaired) == ("Success", [])
    assert TAG not in deployment.tags(machine)


def test_a_cancelled_execution_repairs_nothing(deployment: Deployment) -> None:
    machine = deployment.lose()
    execution = deployment.waiting()
    ssm = deployment.sandbox.client("ssm", REGION)
    ssm.stop_automation_execution(AutomationExecutionId=execution.id)
    assert len(deployment.mail()) == 1
    assert (execution.status, deployment.repaired) == ("Cancelled", [])
    assert TAG not in deployment.tags(machine)
