"""The record of an execution and its steps, as the API shows it."""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.access import Credentials
from sandbox.automation.references import SYSTEM_VARIABLES, text

NO_OUTPUT = "No output available yet because the step is not successfully executed"


@dataclass
class StepExecution:
    """One step: `outputs` has values of any type, `inputs` those that its action got."""

    definition: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "Pending"
    started: datetime | None = None
    ended: datetime | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    failure_message: str | None = None
    is_denied: bool = False

    def description(self) -> dict[str, Any]:
        """The step as a `StepExecution` of the API."""
        return _present(
            StepExecutionId=self.id,
            StepName=self.definition["name"],
            Action=self.definition["action"],
            StepStatus=self.status,
            ExecutionStartTime=self.started,
            ExecutionEndTime=self.ended,
            Inputs={name: json.dumps(value, default=str) for name, value in self.inputs.items()},
            Outputs={name: _texts(value) for name, value in self._shown_outputs().items()},
            FailureMessage=self.failure_message,
        )

    def _shown_outputs(self) -> dict[str, Any]:
        if self.status in ("Pending", "InProgress", "Success"):
            return self.outputs
        return {output["Name"]: NO_OUTPUT for output in self.definition.get("outputs", [])}


@dataclass
class Execution:
    """One execution of a runbook; `values` is what references stand for."""

    account: str
    partition: str
    region: str
    document_name: str
    document_version: str
    content: dict[str, Any]
    parameters: dict[str, Any]
    started: datetime
    credentials: Credentials = field(init=False)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "Pending"
    ended: datetime | None = None
    failure_message: str | None = None
    parent_id: str | None = None
    children: list[Execution] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)
    finished: threading.Event = field(default_factory=threading.Event)
    values: dict[str, Any] = field(init=False)
    steps: dict[str, StepExecution] = field(init=False)

    def __post_init__(self) -> None:
        variables = {name: form.format(**vars(self)) for name, form in SYSTEM_VARIABLES.items()}
        self.values = self.parameters | variables
        self.steps = {step["name"]: StepExecution(step) for step in self.content["mainSteps"]}

    def cancel(self) -> None:
        """Let it, and what it has started, end before the next step."""
        self.cancelled.set()
        for child in self.children:
            child.cancel()

    def summary(self) -> dict[str, Any]:
        """The execution as an `AutomationExecutionMetadata` of the API."""
        outputs = self.content.get("outputs", [])
        return _present(
            AutomationExecutionId=self.id,
            DocumentName=self.document_name,
            DocumentVersion=self.document_version,
            AutomationExecutionStatus=self.status,
            ParentAutomationExecutionId=self.parent_id,
            ExecutionStartTime=self.started,
            ExecutionEndTime=self.ended,
            Outputs={name: _texts(self.values.get(name, NO_OUTPUT)) for name in outputs},
            FailureMessage=self.failure_message,
            Mode="Auto",
        )

    def description(self) -> dict[str, Any]:
        """The execution as an `AutomationExecution` of the API."""
        return {
            **self.summary(),
            "Parameters": {name: _texts(value) for name, value in self.parameters.items()},
            "StepExecutions": [step.description() for step in self.steps.values()],
            "StepExecutionsTruncated": False,
        }


def _texts(value: Any) -> list[str]:
    """A value as the API shows it: the texts of a list, or one text."""
    return [text(entry) for entry in value] if isinstance(value, list) else [text(value)]


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
