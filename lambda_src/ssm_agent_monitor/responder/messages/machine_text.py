"""The text about one machine: the first sentence says it all."""

from __future__ import annotations

from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.machine import NOT_REGISTERED, Machine
from ssm_agent_monitor.responder.messages.diagnosis_text import findings_of
from ssm_agent_monitor.responder.messages.first_steps import (
    diagnose_with,
    first_step,
    how_to_mute,
    what_to_check,
)
from ssm_agent_monitor.responder.messages.report import NamedMachine, Report
from ssm_agent_monitor.responder.messages.wording import clean, name_of, section, tags_of, title_of


def machine_text(report: Report, named: NamedMachine) -> str:
    """What happened to it and why, what to do, and what it is."""
    if not named.machine.is_lost:
        return _recovered(report, named) + _description(report, named.machine)
    mute = how_to_mute("TO MUTE IT FOR A DAY", named.machine, report)
    return _lost(report, named) + _description(report, named.machine) + mute


def _lost(report: Report, named: NamedMachine) -> str:
    machine = named.machine
    cause = f": {named.cause}" if named.cause else ""
    words = f"{clean(machine.words)}.\n" if machine.words else ""
    found = findings_of(named, diagnose_with(machine))
    return (
        f"The SSM Agent on {title_of(machine)} does not answer{cause}.\n{words}"
        f"\nDO THIS FIRST\n{first_step(named, report.region, machine)}"
        + "".join(section(title.upper(), lines) for title, lines in found.items())
        + what_to_check(named, report.region)
    )


def _recovered(report: Report, named: NamedMachine) -> str:
    machine, outage = named.machine, report.outage_of(named)
    length = (
        f"It was out for {outage.length}{outage.counted}" if outage else "How long it was out is not known"
    )
    before = f"It had been reported with: {clean(machine.words)}.\n" if machine.words else ""
    return f"The SSM Agent on {title_of(machine)} answers again. {length}.\n{before}"


def _description(report: Report, machine: Machine) -> str:
    checks = f"; status checks: {machine.status_checks}" if machine.status_checks else ""
    lines = {
        "Node" if machine.is_node else "Instance": f"{machine.id}, {machine.state}{checks}",
        "Name": name_of(machine),
        "SSM Agent": _agent(machine),
        "Platform": machine.platform,
        "Network": machine.network,
        "Tags": tags_of(machine, report.tag_keys),
        "Account": f"{report.account_id}, Region {report.region}",
        "Reported": f"{report.detected_at}, by AWS Config rule {report.rule_name}",
    }
    texts = {name: clean(text) for name, text in lines.items()}
    return "\nMACHINE\n" + "".join(f"  {name:<9}  {text}\n" for name, text in texts.items() if text)


def _agent(machine: Machine) -> str:
    if machine.ping_status == NOT_REGISTERED:
        return "Systems Manager has no record of it"
    if machine.ping_status == UNKNOWN:
        return "could not be looked up"
    return (
        f"ping status {machine.ping_status}, last ping {machine.last_ping}, version {machine.agent_version}"
    )
