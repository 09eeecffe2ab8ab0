"""Runs a runbook's steps one after another.

https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html, "Properties
shared by all actions".
"""

from __future__ import annotations

from sandbox.access import Access
from sandbox.automation import actions, unconfirmed
from sandbox.automation.actions import CancelledError, Context, StepFailureError
from sandbox.automation.approvals import DeniedError, approve
from sandbox.automation.documents import RESERVED_OUTPUT
from sandbox.automation.execution import Execution, StepExecution
from sandbox.automation.executions import Executions
from sandbox.automation.references import UnresolvedReferenceError, resolve
from sandbox.clock import Clock

ACTIONS = {**actions.ACTIONS, "aws:approve": approve}
MAXIMUM_STEPS = 1000  # a document may go back to an earlier step for ever
DEFAULT_SECONDS = 3600
GUIDE = "Please refer to Automation Service Troubleshooting Guide for more diagnosis details."


class Engine:
    """Runs executions."""

    def __init__(self, clock: Clock, access: Access, executions: Executions) -> None:
        self._clock = clock
        self._access = access
        self._executions = executions

    def run(self, execution: Execution) -> None:
        """Run the execution to its end; its record says how that went."""
        try:
            self._run(execution)
        finally:
            execution.finished.set()

    def _run(self, execution: Execution) -> None:
        execution.status = "InProgress"
        try:
            outcome = self._run_steps(execution)
        except CancelledError:
            outcome = "Cancelled"
        execution.ended = self._clock.now()
        execution.status = outcome

    def _run_steps(self, execution: Execution) -> str:
        """Run the steps in their order and return the execution's status."""
        outcome, name = "Success", next(iter(execution.steps), None)
        for _ in range(MAXIMUM_STEPS):
            if name is None:
                return outcome
            step = execution.steps[name]
            self._run_step(execution, step)
            is_critical = step.definition.get("isCritical", step.definition.get("onFailure") != "Continue")
            if step.status != "Success" and is_critical and outcome == "Success":
                outcome, execution.failure_message = step.status, step.failure_message
            name = _next_step(execution, step)
        execution.failure_message = f"more than {MAXIMUM_STEPS} steps were run"
        return "Failed"

    def _run_step(self, execution: Execution, step: StepExecution) -> None:
        if execution.cancelled.is_set():
            raise CancelledError
        step.started, step.ended, step.status, step.outputs = self._clock.now(), None, "InProgress", {}
        status = "Cancelled"  # unless an attempt ends
        try:
            for _ in range(step.definition.get("maxAttempts", 1)):
                status, step.failure_message = self._attempt(execution, step)
                if status == "Success":
                    break
        finally:
            step.ended = self._clock.now()
            step.status = status

    def _attempt(self, execution: Execution, step: StepExecution) -> tuple[str, str | None]:
        """Run the step's action once and return the step's status and failure message."""
        definition = step.definition
        is_lenient = definition["action"] == "aws:branch" and not unconfirmed.NO_VALUE_FAILS_A_BRANCH
        timeout = definition.get("timeoutSeconds", DEFAULT_SECONDS)
        context = Context(execution, self._access, timeout, self._executions)
        try:
            step.inputs = resolve(definition["inputs"], execution.values, is_lenient=is_lenient)
            payload = ACTIONS[definition["action"]](step.inputs, context)
            step.outputs = actions.outputs(definition, payload)
        except UnresolvedReferenceError as error:
            return "Failed", _failure_message("Validating and resolving the step inputs", error)
        except StepFailureError as error:
            step.is_denied = isinstance(error, DeniedError)
            return error.status, _failure_message(error.when, error)
        if payload:
            step.outputs[RESERVED_OUTPUT] = payload
        execution.values |= {f"{definition['name']}.{name}": value for name, value in step.outputs.items()}
        return "Success", None


def _failure_message(when: str, error: Exception) -> str:
    return f"Step fails when it is {when}. {error}. {GUIDE}"


def _next_step(execution: Execution, step: StepExecution) -> str | None:
    """The name of the step that comes next; None at the end."""
    definition = step.definition
    on_failure: str = definition.get("onFailure", "Abort")
    if step.status != "Success" and (on_failure != "Continue" or step.is_denied):
        return None if on_failure in ("Abort", "Continue") else on_failure.removeprefix("step:")
    if definition["action"] == "aws:branch" and RESERVED_OUTPUT in step.outputs:
        return str(step.outputs[RESERVED_OUTPUT]["NextStep"])
    if definition.get("isEnd"):
        return None
    names = [*execution.steps, None]
    return definition.get("nextStep") or names[names.index(definition["name"]) + 1]
