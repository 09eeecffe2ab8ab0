"""What the steps of an execution have put out.

By this call, since a step that refers to an output of a step that failed fails too.
"""

from __future__ import annotations

from typing import Any

from calls import client

Step = dict[str, Any]
"""As DescribeAutomationStepExecutions has it: `StepName`, `StepStatus`, `Outputs`, `FailureMessage`, …"""


def steps_of(execution_id: str) -> dict[str, Step]:
    """The steps of an execution by name, those that have not run yet too."""
    pages = client("ssm").get_paginator("describe_automation_step_executions")
    return {
        step["StepName"]: step
        for page in pages.paginate(AutomationExecutionId=execution_id)
        for step in page["StepExecutions"]
    }


def in_child(step: Step, name: str) -> Step:
    """The step of this name in the execution that a step has started; the step itself if that has no id."""
    started = step.get("Outputs", {}).get("ExecutionId")
    return steps_of(started[0]).get(name, {}) if started else step


def said_of(step: Step) -> str:
    """What Automation says of a step that did not succeed; `{}`: it is not among the execution's."""
    return f"{step.get('StepStatus', 'did not run')}: {step.get('FailureMessage', 'no message')}"
