"""What a repair would do about the one machine of a message, and what holds it back."""

from __future__ import annotations

from dataclasses import dataclass

from ssm_agent_monitor.responder.diagnosis.finding import Finding
from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.responder.reading import Reader, UnreadableError
from ssm_agent_monitor.responder.repair.actions import Decision, decide
from ssm_agent_monitor.responder.repair.repair_facts import read_repair_facts, running_repairs
from ssm_agent_monitor.responder.settings import RepairSettings

NOTHING = "The runbook repairs nothing here."
NODE = "it is a hybrid node, which can only be repaired on its site"


@dataclass(frozen=True, slots=True)
class Plan:
    """The repair that follows the message: its `action` (empty: none), in words, and what holds it back."""

    action: str
    text: str
    held_back: tuple[str, ...] = ()


def plan_repair(
    reader: Reader,
    settings: RepairSettings,
    machine: Machine,
    findings: tuple[Finding, ...] | UnreadableError,
) -> Plan:
    """The plan for a machine that was lost, with what the diagnosis found; nothing if that is not all."""
    if isinstance(findings, UnreadableError):
        return Plan("", NOTHING, (str(findings),))
    if machine.is_node:
        return Plan("", NOTHING, (NODE,))
    document = settings.document
    read_ahead = (lambda: len(running_repairs(reader, document))) if document else int
    decision = decide(read_repair_facts(reader, machine.id, read_ahead, findings), settings)
    action = decision.wanted.name if decision.wanted and document and not decision.held_back else ""
    return Plan(action, _in_words(decision, settings), decision.held_back)


def _in_words(decision: Decision, settings: RepairSettings) -> str:
    """One or two sentences for the message that goes out before the repair."""
    if not decision.wanted:
        return NOTHING
    what = decision.wanted.words(settings)
    if decision.held_back:
        return f"The runbook would {what}, but is held back."
    if not settings.document:
        return f'With repair.mode = "act", the runbook would now {what}. As it is, it does nothing.'
    if settings.needs_approval:
        return (
            f"The runbook will {what} if that is approved within an hour: open Execution, under LINKS. "
            "A message with the outcome follows the repair."
        )
    return f"The runbook will now {what}. A message with the outcome follows."
