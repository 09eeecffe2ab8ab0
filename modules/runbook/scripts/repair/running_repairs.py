"""The repairs that run, read from Systems Manager: nothing else keeps count of them."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from calls import client
from reading import Unreadable

RUNNING = ["Pending", "InProgress", "Waiting", "Cancelling"]
TRIES = 3
SECONDS_BETWEEN = 2
NEVER = datetime.min.replace(tzinfo=UTC)


def running_repairs(document: str) -> list[str]:
    """The ids of the document's executions that run, by the time of their start and by id."""
    filters = [
        {"Key": "DocumentNamePrefix", "Values": [document]},
        {"Key": "ExecutionStatus", "Values": RUNNING},
    ]
    pages = client("ssm").get_paginator("describe_automation_executions").paginate(Filters=filters)
    found = [
        (each.get("ExecutionStartTime", NEVER), each["AutomationExecutionId"])
        for page in pages
        for each in page["AutomationExecutionMetadataList"]
        if each["DocumentName"] == document
    ]
    return [execution_id for _, execution_id in sorted(found)]


def repairs_ahead(document: str, execution_id: str) -> int | Unreadable:
    """How many repairs run that started before this execution.

    A new execution may be listed late: then it is asked again, and its place stays unknown at last.
    """
    for attempt in range(TRIES):
        time.sleep(SECONDS_BETWEEN if attempt else 0)
        running = running_repairs(document)
        if execution_id in running:
            return running.index(execution_id)
    return Unreadable("Systems Manager does not list this repair among those that run")
