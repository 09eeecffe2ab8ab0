"""What a repair would do about the one machine of a message, and what holds it back."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.diagnosis.finding import Finding
from ssm_agent_monitor.responder.reading import Reader, Unreadable
from ssm_agent_monitor.responder.repair.repair_decision import decide
from ssm_agent_monitor.responder.repair.repair_facts import read_repair_facts
from ssm_agent_monitor.responder.repair.repair_words import repair_in_words
from ssm_agent_monitor.responder.repair.running_repairs import running_repairs
from ssm_agent_monitor.responder.settings import RepairSettings

NOTHING = "The runbook repairs nothing here."

Plan = dict[str, Any]
"""`Action`, what is to be done (`attach`, `reboot` or empty), `Text`, `HeldBack` (texts)."""


def plan_repair(
    reader: Reader, settings: RepairSettings, machine_id: str, findings: list[Finding] | Unreadable
) -> Plan:
    """The plan for a machine that was lost, with what the diagnosis found; nothing if that is not all."""

    def ahead() -> Any:
        running = running_repairs(reader, settings.document) if settings.document else []
        return running if isinstance(running, Unreadable) else len(running)

    if isinstance(findings, Unreadable):
        return {"Action": "", "Text": NOTHING, "HeldBack": [str(findings)]}
    is_node = machine_id.startswith("mi-")  # of which EC2 knows nothing
    facts = {"Id": machine_id} if is_node else read_repair_facts(reader, machine_id, findings, ahead)
    decision = decide(facts, settings)
    return {
        "Action": decision["Action"] if settings.document else "",
        "Text": plan_in_words(decision, settings),
        "HeldBack": decision["HeldBack"],
    }


def plan_in_words(decision: dict[str, Any], settings: RepairSettings) -> str:
    """One or two sentences for the message that goes out before the repair."""
    if not decision["Wanted"]:
        return NOTHING
    what = repair_in_words(decision["Wanted"], settings)
    if decision["HeldBack"]:
        return f"The runbook would {what}, but is held back."
    if not settings.document:
        return f'With repair.mode = "act", the runbook would now {what}. As it is, it does nothing.'
    if settings.needs_approval:
        return (
            f"The runbook will {what} if that is approved within an hour: open Execution, under LINKS. "
            "A message with the outcome follows the repair."
        )
    return f"The runbook will now {what}. A message with the outcome follows."
