"""Step PlanRepair of the diagnosis: what the repair would do about the machine, and what holds it back."""

from __future__ import annotations

import re
from typing import Any

from reading import Unreadable, read
from repair_decision import decide
from repair_facts import read_repair_facts
from repair_words import repair_in_words
from running_repairs import running_repairs
from step_findings import findings_of_steps
from texts import texts_of

MOST_REASONS = 20


def handler(events: dict[str, Any], _context: Any) -> dict[str, list[str]]:
    """Returns `Plan`, in texts: `Action` (`attach`, `reboot` or empty), `Text`, `HeldBack` (texts).

    Read are `Machines`, `ExecutionId`, `Steps`: those with findings, and `Repair`: the settings that the
    decision takes, with `Document` (the one that repairs; empty: nothing is repaired) and `NeedsApproval`.
    """
    settings = events["Repair"]
    ids = re.findall(r"^Lost \| (m?i-\w+) \|", "\n".join(events["Machines"]), re.MULTILINE)
    if len(ids) != 1 or len(events["Machines"]) != 1:
        return _plan("", "The runbook repairs only a single machine that was lost.", [])
    ahead = read("which repairs run", lambda: len(running_repairs(settings["Document"])))
    facts = read_repair_facts(ids[0], _findings(events, ids[0]), ahead if settings["Document"] else 0)
    decision = decide(facts, settings)
    return _plan(decision["Action"], plan_in_words(decision, settings), decision["HeldBack"])


def _plan(action: str, text: str, held_back: list[str]) -> dict[str, list[str]]:
    shown = [each[:400] for each in held_back[:MOST_REASONS]]
    return {"Plan": texts_of({"Action": action, "Text": text, "HeldBack": shown})}


def _findings(events: dict[str, Any], machine_id: str) -> Any:
    found = read(
        "what the diagnosis found", lambda: findings_of_steps(events["ExecutionId"], events["Steps"])
    )
    if isinstance(found, Unreadable):
        return found
    findings, problems = found
    if problems:
        return Unreadable("; ".join(problems))
    return findings.get(machine_id) or Unreadable("the diagnosis has looked at nothing of it")


def plan_in_words(decision: dict[str, Any], settings: dict[str, Any]) -> str:
    """One or two sentences for the message that goes out before the repair."""
    if not decision["Wanted"]:
        return "The runbook repairs nothing here."
    what = repair_in_words(decision["Wanted"], settings)
    if decision["HeldBack"]:
        return f"The runbook would {what}, but is held back."
    if not settings["Document"]:
        return f'With repair.mode = "act", the runbook would now {what}. As it is, it does nothing.'
    if settings["NeedsApproval"]:
        return (
            f"The runbook will {what} if that is approved within an hour: open Execution, under LINKS. "
            "A message with the outcome follows the repair."
        )
    return f"The runbook will now {what}. A message with the outcome follows."
