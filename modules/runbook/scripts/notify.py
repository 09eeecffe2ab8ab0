"""Step Notify: looks the machines up again, and sends one message about those of which it is still true."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from calls import client, for_each_protocol, send
from facts import attributes_of, facts_of
from machines import look_up_all, machines_of, output_of
from message import message_of, subject_of
from still_true import look_closer, why_left_out


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Send the message, unless nobody is left to tell of.

    `events` has the document's parameters, the values that `message_of` names, `TagKeys`: the tags to show,
    and `UserSteps`: the names of the user's steps. Returns `Result`, which says what was sent and what was
    left out, and `Problem`: `none`, or what could not be read. Neither has braces.
    """
    [machine] = machines_of(events["Machines"])
    problems = look_up_all([machine], events["TagKeys"]) + look_closer([machine])
    if why := why_left_out(machine):
        return _outputs(f"no message, for {machine['Id']}: {why}", [])
    failures = None
    if events["UserSteps"] and machine["Change"] == "Lost":
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
    return _outputs(f"message sent, for {machine['Id']}", problems)


def _outputs(result: str, problems: list[str]) -> dict[str, str]:
    return {"Result": output_of(result), "Problem": output_of("; ".join(problems))}


def _failures(execution_id: str, names: list[str]) -> dict[str, str]:
    """The user's steps that did not succeed, with what Automation says of each."""
    pages = client("ssm").get_paginator("describe_automation_step_executions")
    steps = {
        step["StepName"]: step
        for page in pages.paginate(AutomationExecutionId=execution_id)
        for step in page["StepExecutions"]
    }
    said = {name: _why_not(steps.get(name, {})) for name in names}
    return {name: why for name, why in said.items() if why}


def _why_not(step: dict[str, Any]) -> str:
    """Why a step did not succeed; empty: it did."""
    status = step.get("StepStatus", "Pending")
    if status == "Success":
        return ""
    return "did not run" if status == "Pending" else f"{status}: {step.get('FailureMessage', 'no message')}"
