"""The repairs that run, read from Systems Manager: nothing else keeps count of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ssm_agent_monitor.responder.reading import Reader, Unreadable

RUNNING = ["Pending", "InProgress", "Waiting", "Cancelling"]
TRIES = 3
SECONDS_BETWEEN = 2
NEVER = datetime.min.replace(tzinfo=UTC)


def running_repairs(reader: Reader, document: str) -> Any:
    """The ids of the document's executions that run, by their start and by id; or an Unreadable."""
    filters = [
        {"Key": "DocumentNamePrefix", "Values": [document]},
        {"Key": "ExecutionStatus", "Values": RUNNING},
    ]
    found = reader.all_pages(
        "which repairs run",
        "ssm",
        "describe_automation_executions",
        "AutomationExecutionMetadataList",
        Filters=filters,
    )
    if isinstance(found, Unreadable):
        return found
    ordered = sorted(
        (each.get("ExecutionStartTime", NEVER), each["AutomationExecutionId"])
        for each in found
        if each["DocumentName"] == document
    )
    return [execution_id for _, execution_id in ordered]


def repairs_ahead(reader: Reader, document: str, execution_id: str) -> Any:
    """How many repairs run that started before this execution, or an Unreadable.

    A new execution may be listed late: then it is asked again, and its place stays unknown at last.
    """
    for attempt in range(TRIES):
        reader.sleep(SECONDS_BETWEEN if attempt else 0)
        running = running_repairs(reader, document)
        if isinstance(running, Unreadable):
            return running
        if execution_id in running:
            return running.index(execution_id)
    return Unreadable("Systems Manager does not list this repair among those that run")
