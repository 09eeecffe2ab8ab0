"""What the diagnosis found: the execution that looked for causes has put it out."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from calls import client
from machines import Machine
from step_outputs import steps_of


def add_diagnosis(machines: list[Machine], execution_id: str, document_name: str) -> list[str]:
    """Add to each machine that was looked at its `Diagnosis`, and `Likely`, the likely cause in words.

    `execution_id` is that of the execution which has started one of `document_name`. `Diagnosis` is a group
    of diagnosis/summary.py. Returns what could not be read.
    """
    try:
        summary = _summary_of(execution_id, document_name)
    except (BotoCoreError, ClientError, LookupError, ValueError) as error:
        return [f"what the diagnosis found could not be read: {type(error).__name__}: {error}"]
    for group in summary["Groups"]:
        for machine in machines:
            if machine["Id"] in group["Ids"]:
                machine |= {"Diagnosis": group, "Likely": group["Cause"]}
    problems: list[str] = summary["Problems"]
    return problems


def _summary_of(execution_id: str, document_name: str) -> dict[str, Any]:
    """Raises LookupError with what Automation says if there is none."""
    filters = [{"Key": "ParentExecutionId", "Values": [execution_id]}]
    pages = client("ssm").get_paginator("describe_automation_executions").paginate(Filters=filters)
    started = [each for page in pages for each in page["AutomationExecutionMetadataList"]]
    found = [each for each in started if each["DocumentName"].endswith(document_name)]
    if not found:
        raise LookupError(f"no execution of {document_name} was started")
    texts = steps_of(found[0]["AutomationExecutionId"])["Summarize"].get("Outputs", {}).get("Summary")
    if not texts:
        raise LookupError(f"{found[0]['AutomationExecutionStatus']}: {found[0].get('FailureMessage')}")
    summary: dict[str, Any] = json.loads("".join(texts))
    return summary
