"""The words in which a message tells what the diagnosis found."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.finding import Diagnosis, Finding, Remedy
from ssm_agent_monitor.responder.messages.report import NamedMachine

ON_THE_MACHINE = "on the machine: whether SSM Agent runs, its firewall, proxy, DNS, clock and TLS inspection"
NOTHING = "Nothing that can be seen from outside the machine is known to be broken."
NO_REMEDY = Remedy("")


def likely_cause_of(diagnosis: Diagnosis) -> str:
    """What is broken first, and what mends it, in lines; empty if nothing is known to be broken."""
    if not diagnosis.broken:
        return "".join(f"  {each}.\n  Undo it, if it was not meant.\n" for each in diagnosis.changed[:1])
    first = diagnosis.broken[0]
    remedy, ids = first.remedy or NO_REMEDY, diagnosis.machine_ids
    lines = [f"  {first.found}.", f"  {remedy.words}", f"    {remedy.command}"]
    if len(ids) > 1 and any(each in remedy.command for each in ids):
        lines.append("  The same for each machine; this is for the first.")
    return "".join(f"{line}\n" for line in lines if line.strip())


def findings_of(named: NamedMachine, command: str) -> dict[str, list[str]]:
    """The rest of what was found, as lines by title; nothing if the diagnosis did not look at the machine.

    `command` is what to run on the machine.
    """
    diagnosis, plan = named.diagnosis, named.plan
    if not diagnosis:
        return {}
    fine = [f"Fine: {', '.join(diagnosis.fine)}"] if diagnosis.fine else []
    unseen = f"Not looked at: {', '.join([*diagnosis.not_looked_at, ON_THE_MACHINE])}"
    further = f"To look on the machine, log in and run: {command}" if diagnosis.check else NOTHING
    found = {
        "Repair": [plan.text, *(f"Held back: {why}." for why in plan.held_back)] if plan else [],
        "What changed before the last ping": [*diagnosis.changed[0 if diagnosis.broken else 1 :]],
        "Also broken": [_in_one_line(each) for each in diagnosis.broken[1:]],
        "Could not be checked": [*diagnosis.could_not_check],
        "Looked at": [*fine, unseen, further],
    }
    return {title: lines for title, lines in found.items() if lines}


def _in_one_line(broken: Finding) -> str:
    remedy = broken.remedy or NO_REMEDY
    return f"{broken.found}. {remedy.words} {remedy.command}".strip()
