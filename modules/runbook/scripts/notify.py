"""Step Notify: looks the machines up again, and sends one message about those of which it is still true."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from calls import client, for_each_protocol, send
from facts import attributes_of, facts_of
from machines import look_up_all, machines_of
from message import message_of, subject_of
from still_true import is_lost, look_closer, why_left_out


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Send the message, unless nobody is left to tell of.

    `events` has the document's parameters, the values that `message_of` names, `TagKeys`: the tags to show,
    and `UserSteps`: the names of the user's steps. Returns `Result`, which says what was sent and what was
    left out, and `Problem`: `none`, or what could not be read. Neither has braces.
    """
    [machine] = machines_of(events["Machines"])
    problems = look_up_all([machine], events["TagKeys"]) + look_closer([machine])
    if why := why_left_out(machine):
        return {"Result": f"no message, for {machine['Id']}: {why}", "Problem": "none"}
    failures = None
    if events["UserSteps"] and is_lost(machine):
        try:
            failures = _failures(events["ExecutionId"], events["UserSteps"])
        except (BotoCoreError, ClientError) as error:
            problems.append(f"which of the steps failed could not be looked up: {error}")
    subject, text = subject_of(machine, events), message_of(machine, events, problems, failures)
    facts = facts_of(machine, events, subject)
    send(
        events["TopicArn"],
        subject,
        for_each_protocol(text, facts),
        MessageStructure="json",
        MessageAttributes=attributes_of(facts, machine["Tags"]),
    )
    outputs = {"Result": f"message sent, for {machine['Id']}", "Problem": "; ".join(problems) or "none"}
    return {name: _without_braces(output) for name, output in outputs.items()}


def _failures(execution_id: str, names: list[str]) -> dict[str, str]:
    """The user's steps that did not succeed, with what Automation says of each."""
    pages = client("ssm").get_paginator("describe_automation_step_executions")
    steps = {
        step["StepName"]: step
        for page in pages.paginate(AutomationExecutionId=execution_id)
        for step in page["StepExecutions"]
    }
    said = {name: _status(steps.get(name, {})) for name in names}
    return {name: status for name, status in said.items() if status != "Success"}


def _status(step: dict[str, Any]) -> str:
    status = step.get("StepStatus", "Pending")
    if status in ("Pending", "Success"):
        return "Success" if status == "Success" else "did not run"
    return f"{status}: {step.get('FailureMessage', 'no message')}"


def _without_braces(text: str) -> str:
    """Automation takes what stands in two braces for a variable, in an output too."""
    return text.translate({ord("{"): " ", ord("}"): " "})
