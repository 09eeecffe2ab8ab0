"""Runbooks that tests make and run."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import yaml

from sandbox.account import Sandbox
from sandbox.tests.deployments import ACCOUNT, REGION

TRUST = {
    "StringEquals": {"aws:SourceAccount": ACCOUNT},
    "ArnLike": {"aws:SourceArn": f"arn:aws:ssm:*:{ACCOUNT}:automation-execution/*"},
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
APPROVE = {"Approvers": ["on-call"], "MinRequiredApprovals": 1}


def step(action: str, name: str = "run", inputs: Any = None, **properties: Any) -> dict[str, Any]:
    """A step of a runbook."""
    return {"name": name, "action": f"aws:{action}", "inputs": inputs or {}, **properties}


def script(code: str, name: str = "run", payload: Any = None, **properties: Any) -> dict[str, Any]:
    """A step that runs the code, in which `events` is the payload."""
    body = "".join(f"    {line}\n" for line in code.splitlines())
    inputs = {"Runtime": "python3.11", "Handler": "main", "Script": f"def main(events, context):\n{body}"}
    inputs |= {"InputPayload": payload} if payload is not None else {}
    return step("executeScript", name, inputs, **properties)


def failing(name: str = "fails", **properties: Any) -> dict[str, Any]:
    """A step that fails."""
    return step("sleep", name, {"Duration": "never"}, **properties)


def passing(name: str, **properties: Any) -> dict[str, Any]:
    """A step that does nothing."""
    return step("sleep", name, {"Duration": "PT0S"}, **properties)


def output(name: str, selector: str, kind: str = "String") -> dict[str, str]:
    """An output of a step."""
    return {"Name": name, "Selector": selector, "Type": kind}


def create(sandbox: Sandbox, *steps: dict[str, Any], **properties: Any) -> str:
    """Create a runbook and return its name."""
    name = f"document-{uuid.uuid4()}"
    content = {"schemaVersion": "0.3", "mainSteps": list(steps), **properties}
    sandbox.client("ssm", REGION).create_document(
        Name=name, DocumentType="Automation", DocumentFormat="YAML", Content=yaml.safe_dump(content)
    )
    return name


def start(sandbox: Sandbox, document: str, **arguments: Any) -> str:
    """Start a runbook and return the execution's id."""
    given = {key: value for key, value in arguments.items() if value}
    answer = sandbox.client("ssm", REGION).start_automation_execution(DocumentName=document, **given)
    return str(answer["AutomationExecutionId"])


def execution(sandbox: Sandbox, execution_id: str) -> dict[str, Any]:
    """An execution as the API shows it; `StepExecutions` by name."""
    answer = sandbox.client("ssm", REGION).get_automation_execution(AutomationExecutionId=execution_id)
    found: dict[str, Any] = answer["AutomationExecution"]
    return {**found, "StepExecutions": {each["StepName"]: each for each in found["StepExecutions"]}}


def status(sandbox: Sandbox, execution_id: str) -> str:
    """The status of an execution."""
    return str(execution(sandbox, execution_id)["AutomationExecutionStatus"])


def run(sandbox: Sandbox, *steps: dict[str, Any], given: Any = None, **properties: Any) -> dict[str, Any]:
    """An execution of a new runbook, after its end."""
    execution_id = start(sandbox, create(sandbox, *steps, **properties), Parameters=given)
    sandbox.settle()
    return execution(sandbox, execution_id)


def statuses(found: dict[str, Any]) -> dict[str, str]:
    """The status of each step of an execution."""
    return {name: entry["StepStatus"] for name, entry in found["StepExecutions"].items()}


def waiting(sandbox: Sandbox, *steps: dict[str, Any]) -> str:
    """The id of an execution that waits for an approval, at first or after the steps."""
    execution_id = start(sandbox, create(sandbox, *(steps or [step("approve", "ask", APPROVE)])))
    wait_for(lambda: status(sandbox, execution_id) == "Waiting")
    return execution_id


def signal(sandbox: Sandbox, execution_id: str, kind: str = "Approve") -> None:
    """Answer an execution that waits."""
    ssm = sandbox.client("ssm", REGION)
    ssm.send_automation_signal(AutomationExecutionId=execution_id, SignalType=kind)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until the condition holds, for a minute at most."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
