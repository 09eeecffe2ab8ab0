"""The record of an execution and its steps, as the API shows it."""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.access import Credentials
from sandbox.automation import documents
from sandbox.automation.references import text

NO_OUTPUT = "No output available yet because the step is not successfully executed"
ENDED = ("Success", "Failed", "TimedOut", "Cancelled")


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
    failure: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The step's name."""
        return str(self.definition["name"])

    @property
    def is_critical(self) -> bool:
        """Whether its failure is the execution's: if not said, unless `onFailure` is `Continue`."""
        return bool(self.definition.get("isCritical", self.definition.get("onFailure") != "Continue"))

    def description(self) -> dict[str, Any]:
        """The step as a `StepExecution` of the API."""
        return _present(
            StepExecutionId=self.id,
            StepName=self.name,
            Action=self.definition["action"],
            StepStatus=self.status,
            OnFailure=self.definition.get("onFailure", "Abort"),
            MaxAttempts=self.definition.get("maxAttempts", 1),
            TimeoutSeconds=self.definition.get("timeoutSeconds"),
            IsCritical=self.is_critical,
            IsEnd=self.definition.get("isEnd", False),
            NextStep=self.definition.get("nextStep"),
            ExecutionStartTime=self.started,
            ExecutionEndTime=self.ended,
            Inputs={name: json.dumps(value, default=str) for name, value in self.inputs.items()},
            Outputs={name: as_texts(value) for name, value in self.outputs.items()},
            **self.failure,
        )


@dataclass
class Execution:
    """One execution of a runbook; `values` is what references stand for."""

    account: str
    region: str
    document_name: str
    document_version: str
    content: dict[str, Any]
    parameters: dict[str, Any]
    values: dict[str, Any]
    credentials: Credentials
    id: str
    started: datetime
    status: str = "Pending"
    ended: datetime | None = None
    failure_message: str | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    steps: dict[str, StepExecution] = field(init=False)

    def __post_init__(self) -> None:
        self.steps = {name: StepExecution(step) for name, step in documents.steps(self.content).items()}

    @property
    def outputs(self) -> dict[str, list[str]]:
        """The outputs that the document declares."""
        names = self.content.get("outputs", [])
        return {name: as_texts(self.values.get(name, NO_OUTPUT)) for name in names}

    def summary(self) -> dict[str, Any]:
        """The execution as an `AutomationExecutionMetadata` of the API."""
        return _present(
            AutomationExecutionId=self.id,
            DocumentName=self.document_name,
            DocumentVersion=self.document_version,
            AutomationExecutionStatus=self.status,
            ExecutionStartTime=self.started,
            ExecutionEndTime=self.ended,
            Outputs=self.outputs,
            FailureMessage=self.failure_message,
            Mode="Auto",
            Targets=[],
            ResolvedTargets={"ParameterValues": [], "Truncated": False},
        )

    def description(self) -> dict[str, Any]:
        """The execution as an `AutomationExecution` of the API."""
        return {
            **self.summary(),
            "Parameters": {name: as_texts(value) for name, value in self.parameters.items()},
            "StepExecutions": [step.description() for step in self.steps.values()],
            "StepExecutionsTruncated": False,
        }


def as_texts(value: Any) -> list[str]:
    """A value as the API shows it: the texts of a list, or one text."""
    return [text(entry) for entry in value] if isinstance(value, list) else [text(value)]


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
