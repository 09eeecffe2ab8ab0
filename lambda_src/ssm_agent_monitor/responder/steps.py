"""What became of the steps of an execution.

Read by this call, since a step that refers to an output of a step that failed fails too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.reading import Reader

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import StepExecutionTypeDef

PENDING, SUCCESS, TIMED_OUT = "Pending", "Success", "TimedOut"


@dataclass(frozen=True, slots=True)
class Step:
    """A step by its name; with nothing else it has not run.

    `failure` is Automation's message, empty if there is none; of `outputs` each is its first text.
    """

    name: str
    status: str = PENDING
    failure: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)


def read_steps(reader: Reader, execution_id: str) -> dict[str, Step]:
    """The steps of an execution by name, those that have not run yet too. Raises UnreadableError."""
    what, operation = "what became of the steps", "describe_automation_step_executions"

    def call() -> dict[str, Step]:
        found = reader.all_pages(what, "ssm", operation, "StepExecutions", AutomationExecutionId=execution_id)
        return {each["StepName"]: _step_of(each) for each in found}

    return reader.read(what, call)


def _step_of(item: StepExecutionTypeDef) -> Step:
    return Step(
        name=item["StepName"],
        status=item.get("StepStatus", PENDING),
        failure=item.get("FailureMessage", ""),
        outputs={name: texts[0] for name, texts in item.get("Outputs", {}).items() if texts},
    )


def said_of(step: Step) -> str:
    """What Automation says of a step that did not succeed."""
    return f"{'did not run' if step.status == PENDING else step.status}: {step.failure or 'no message'}"


def why_not(step: Step | None) -> str:
    """Why a step did not succeed; empty: it did. None: it is not among those of the execution."""
    if step is None or step.status == PENDING:
        return "did not run"
    return "" if step.status == SUCCESS else said_of(step)
