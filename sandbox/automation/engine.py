"""Runs a runbook's steps one after another.

https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html, "Properties
shared by all actions".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.access import Access
from sandbox.automation import actions
from sandbox.automation.actions import CancelledError, StepFailureError, StepTimeoutError, Surroundings
from sandbox.automation.documents import RESERVED_OUTPUT
from sandbox.automation.execution import Execution, StepExecution
from sandbox.automation.references import UnresolvedReferenceError, resolve
from sandbox.clock import Clock

MAXIMUM_STEPS = 1000  # a document may go back to an earlier step for ever
FAILED = ("Failed", "TimedOut")


class Engine:
    """Runs executions; `longest_wait` (real seconds) bounds every sleep and every wait for a property."""

    def __init__(
        self, clock: Clock, access: Access, endpoint: Callable[[], str], longest_wait: float
    ) -> None:
        self._clock = clock
        self._access = access
        self._endpoint = endpoint
        self._longest_wait = longest_wait

    def run(self, execution: Execution) -> None:
        """Run the execution to its end; its record says how that went."""
        execution.status = "InProgress"
        outcome, name = "Success", next(iter(execution.steps), None)
        for _ in range(MAXIMUM_STEPS):
            if name is None:
                break
            step = execution.steps[name]
            self._run_step(execution, step)
            if step.status in FAILED and step.is_critical and outcome == "Success":
                outcome, execution.failure_message = step.status, step.failure["FailureMessage"]
            if step.status == "Cancelled":
                outcome = "Cancelled"
            name = _next_step(execution, step)
        else:
            outcome, execution.failure_message = "Failed", f"more than {MAXIMUM_STEPS} steps were run"
        execution.ended = self._clock.now()
        execution.status = outcome

    def _run_step(self, execution: Execution, step: StepExecution) -> None:
        step.started, step.ended, step.status = self._clock.now(), None, "InProgress"
        for _ in range(step.definition.get("maxAttempts", 1)):
            status = self._attempt(execution, step)
            if status not in FAILED:
                break
        step.ended = self._clock.now()
        step.status = status

    def _attempt(self, execution: Execution, step: StepExecution) -> str:
        """Run the step's action once and return the step's status."""
        timeout = step.definition.get("timeoutSeconds", actions.DEFAULT_SECONDS)
        try:
            if execution.cancelled.is_set():
                raise CancelledError
            step.inputs = resolve(step.definition["inputs"], execution.values)
            payload = _action(step)(step.inputs, self._surroundings(execution, timeout))
            step.outputs = actions.outputs(step.definition, payload)
            if payload:
                step.outputs[RESERVED_OUTPUT] = payload
        except UnresolvedReferenceError as error:
            when = "Validating and resolving the step inputs"
            failure = StepFailureError(str(error), when=when, stage="InputValidation")
            return _failed(step, "Failed", failure)
        except StepFailureError as error:
            return _failed(step, "Failed", error)
        except StepTimeoutError:
            message = f"The step did not end within {timeout} seconds"
            return _failed(step, "TimedOut", StepFailureError(message, when="Execute/Cancelling action"))
        except CancelledError:
            execution.cancelled.clear()  # a step that `onCancel` names runs
            return "Cancelled"
        step.failure = {}
        execution.values.update({f"{step.name}.{name}": value for name, value in step.outputs.items()})
        return "Success"

    def _surroundings(self, execution: Execution, timeout: float) -> Surroundings:
        now = self._clock.now()
        return Surroundings(execution, self._access, self._endpoint(), timeout, self._longest_wait, now)


def _action(step: StepExecution) -> actions.Action:
    name = step.definition["action"]
    if name not in actions.ACTIONS:
        message = f"the sandbox does not model the action {name}"
        raise StepFailureError(message, when="Execute/Cancelling action")
    return actions.ACTIONS[name]


def _failed(step: StepExecution, status: str, failure: StepFailureError) -> str:
    guide = "Please refer to Automation Service Troubleshooting Guide for more diagnosis details."
    step.failure = {
        "FailureMessage": f"Step fails when it is {failure.when}. {failure}. {guide}",
        "FailureDetails": {"FailureStage": failure.stage, "FailureType": failure.kind},
    }
    return status


def _next_step(execution: Execution, step: StepExecution) -> str | None:
    """The name of the step that comes next; None at the end."""
    definition: dict[str, Any] = step.definition
    if step.status == "Cancelled":
        return _target(definition.get("onCancel", "Abort"))
    on_failure = definition.get("onFailure", "Abort")
    if step.status in FAILED and on_failure != "Continue":
        return _target(on_failure)
    if step.status == "Success" and definition["action"] == "aws:branch":
        chosen = step.outputs[RESERVED_OUTPUT]["NextStep"]
        if chosen:
            return str(chosen)
    if definition.get("isEnd"):
        return None
    names = list(execution.steps)
    following = names[names.index(step.name) + 1 :]
    return definition.get("nextStep") or next(iter(following), None)


def _target(value: str) -> str | None:
    return value.removeprefix("step:") if value.startswith("step:") else None
