from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.automation import approvals
from sandbox.tests.test_automation import REGION, create, execution, run, script, start, statuses, step

APPROVE = {"Approvers": ["on-call"], "MinRequiredApprovals": 1}


def waiting(sandbox: Sandbox, *steps: dict[str, Any]) -> str:
    """The id of an execution that waits."""
    execution_id = start(sandbox, create(sandbox, *steps))
    for _ in range(500):
        if execution(sandbox, execution_id)["AutomationExecutionStatus"] == "Waiting":
            return execution_id
        time.sleep(0.02)
    raise AssertionError(execution(sandbox, execution_id))


def ended(sandbox: Sandbox, execution_id: str) -> dict[str, Any]:
    sandbox.settle()
    found = execution(sandbox, execution_id)
    return {
        "status": found["AutomationExecutionStatus"],
        **{each["StepName"]: each["StepStatus"] for each in found["StepExecutions"]},
    }


def signal(sandbox: Sandbox, execution_id: str, kind: str) -> None:
    ssm = sandbox.client("ssm", REGION)
    ssm.send_automation_signal(AutomationExecutionId=execution_id, SignalType=kind)


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("Approve", {}, {"status": "Success", "ask": "Success", "act": "Success", "end": "Success"}),
        ("Reject", {}, {"status": "Failed", "ask": "Failed", "act": "Pending", "end": "Pending"}),
        (
            "Reject",
            {"onFailure": "Continue"},
            {"status": "Success", "ask": "Failed", "act": "Pending", "end": "Pending"},
        ),
        (
            "Reject",
            {"onFailure": "step:end", "isCritical": False},
            {"status": "Success", "ask": "Failed", "act": "Pending", "end": "Success"},
        ),
    ],
)
def test_what_follows_an_answer(
    sandbox: Sandbox, kind: str, properties: dict[str, Any], expected: dict[str, str]
) -> None:
    steps = [
        step("approve", "ask", APPROVE, **properties),
        script("return 1", "act"),
        script("return 1", "end"),
    ]
    execution_id = waiting(sandbox, *steps)
    signal(sandbox, execution_id, kind)
    assert ended(sandbox, execution_id) == expected


def test_an_approval_times_out(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approvals, "LONGEST_WAIT", 0.1)
    found = run(sandbox, step("approve", "ask", APPROVE, timeoutSeconds=3600))
    assert statuses(found) == {"ask": "TimedOut"}


def test_several_approvals_fail_the_step_by_name(sandbox: Sandbox) -> None:
    found = run(sandbox, step("approve", "ask", APPROVE | {"MinRequiredApprovals": 2}))
    assert "does not model several approvals" in found["StepExecutions"]["ask"]["FailureMessage"]


def test_what_does_not_wait_takes_no_signal(sandbox: Sandbox) -> None:
    execution_id = run(sandbox, script("return 1"))["AutomationExecutionId"]
    with pytest.raises(ClientError, match="AutomationStepNotFoundException"):
        signal(sandbox, execution_id, "Approve")
    with pytest.raises(ClientError, match="does not model the signal Resume"):
        signal(sandbox, execution_id, "Resume")


def test_an_execution_can_be_stopped_until_it_has_ended(sandbox: Sandbox) -> None:
    execution_id = waiting(sandbox, step("approve", "ask", APPROVE), script("return 1", "act"))
    ssm = sandbox.client("ssm", REGION)
    ssm.stop_automation_execution(AutomationExecutionId=execution_id)
    assert ended(sandbox, execution_id)["status"] == "Cancelled"
    with pytest.raises(ClientError, match="InvalidAutomationStatusUpdateException"):
        ssm.stop_automation_execution(AutomationExecutionId=execution_id)
    with pytest.raises(ClientError, match="does not model the type Complete"):
        ssm.stop_automation_execution(AutomationExecutionId=execution_id, Type="Complete")
