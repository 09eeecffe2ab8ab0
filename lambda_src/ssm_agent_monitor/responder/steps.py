"""What became of the steps of an execution.

Read by this call, since a step that refers to an output of a step that failed fails too.
"""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.reading import Reader, Unreadable

Step = dict[str, Any]
"""As DescribeAutomationStepExecutions has it: `StepName`, `StepStatus`, `Outputs`, `FailureMessage`, …"""


def read_steps(reader: Reader, execution_id: str) -> Any:
    """The steps of an execution by name, those that have not run yet too; or an Unreadable."""
    found = reader.all_pages(
        "what became of the steps",
        "ssm",
        "describe_automation_step_executions",
        "StepExecutions",
        AutomationExecutionId=execution_id,
    )
    return found if isinstance(found, Unreadable) else {step["StepName"]: step for step in found}


def said_of(step: Step) -> str:
    """What Automation says of a step that did not succeed; `{}`: it is not among the execution's."""
    return f"{step.get('StepStatus', 'did not run')}: {step.get('FailureMessage', 'no message')}"


def why_not(step: Step) -> str:
    """Why a step did not succeed; empty: it did."""
    plain = {"Success": "", "Pending": "did not run"}
    return plain.get(step.get("StepStatus", "Pending"), said_of(step))
