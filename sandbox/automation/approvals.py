"""The action aws:approve, which waits for a person, and the signals that answer it.

https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-approve.html
"""

from __future__ import annotations

from typing import Any

from sandbox.automation.actions import Context, StepFailureError
from sandbox.automation.execution import Execution
from sandbox.gateway import AwsError, not_modelled

LONGEST_WAIT = 60  # real seconds, however long it would be in AWS
DECISIONS = {"Approve": "Approved", "Reject": "Rejected"}


class DeniedError(StepFailureError):
    """Somebody said no: that ends an execution, unless the step names another one to go on with."""


def approve(inputs: dict[str, Any], context: Context) -> Any:
    """Wait until the execution gets a signal, or until the step's time is over."""
    if inputs.get("MinRequiredApprovals", 1) != 1 or inputs.get("NotificationArn"):
        raise StepFailureError(
            "the sandbox does not model several approvals, and notifications, of aws:approve"
        )
    execution = context.execution
    execution.status = "Waiting"
    try:
        context.wait_until(lambda: execution.signals, LONGEST_WAIT)
    finally:
        execution.status = "InProgress"
    signal = execution.signals.pop(0)
    if signal == "Reject":
        raise DeniedError("The approval was denied")
    return {"ApprovalStatus": DECISIONS[signal], "ApproverDecisions": []}


def send(execution: Execution, signal: str) -> None:
    """Answer the step that waits.

    Raises:
        AwsError: no step waits, or the signal is another one.
    """
    if signal not in DECISIONS:
        raise not_modelled(f"the signal {signal}")
    if execution.status != "Waiting":
        raise AwsError("AutomationStepNotFoundException", "No step of the execution waits for an approval.")
    execution.signals.append(signal)
