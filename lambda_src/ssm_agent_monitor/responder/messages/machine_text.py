"""The text about one machine: the first sentence says it all. Parts of it are in the text about several."""

from __future__ import annotations

from datetime import timedelta

from ssm_agent_monitor.responder.diagnosis.finding import Diagnosis, Finding, Remedy
from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.machine import NOT_REGISTERED, Machine
from ssm_agent_monitor.responder.messages.report import NamedMachine, Report
from ssm_agent_monitor.responder.messages.wording import clean, name_of, section, tags_of, title_of
from ssm_agent_monitor.shared.causes import AGENT_TOO_OLD, METADATA_DISABLED, NO_INSTANCE_PROFILE
from ssm_agent_monitor.shared.times import utc

ATTACH_PROFILE = (
    "aws ec2 associate-iam-instance-profile --region {region} --instance-id {id} "
    "--iam-instance-profile Name=PROFILE"
)

FIRST_STEPS = {
    METADATA_DISABLED: (
        "Switch the instance metadata endpoint on:",
        "aws ec2 modify-instance-metadata-options --region {region} --instance-id {id} "
        "--http-endpoint enabled",
    ),
    NO_INSTANCE_PROFILE: (
        "Attach an instance profile whose role has the AWS managed policy AmazonSSMManagedInstanceCore:",
        ATTACH_PROFILE,
    ),
    AGENT_TOO_OLD: (
        "Update SSM Agent on the machine, or attach an instance profile whose role has the AWS managed "
        "policy AmazonSSMManagedInstanceCore:",
        ATTACH_PROFILE,
    ),
}
"""What to do first, and the command, by the causes that are more than a symptom."""

DIAGNOSE = {
    "": "sudo ssm-cli get-diagnostics --output table",
    "Windows ": '& "$env:ProgramFiles\\Amazon\\SSM\\ssm-cli.exe" get-diagnostics --output table',
}
"""The command that looks on the machine itself, by its system."""

INSTANCE_CHECKS = (
    "  - Permissions: the instance has an instance profile whose role allows what the managed policy\n"
    "    AmazonSSMManagedInstanceCore allows (or Default Host Management Configuration is on).\n"
)
NODE_CHECKS = (
    "  - Power: the node is switched on. Systems Manager cannot tell a node that is off from a lost one.\n"
    "  - Registration: the node is still registered (or register it anew with a hybrid activation), its\n"
    "    clock is right, and the role of its activation allows what AmazonSSMManagedInstanceCore allows.\n"
)
WHAT_TO_CHECK = (
    "\nWHAT TO CHECK\n{checks}"
    "  - Agent: SSM Agent is installed and running, and not older than what Systems Manager supports.\n"
    "  - Network: the machine reaches the endpoints ssm, ssmmessages and ec2messages of {region} on\n"
    "    port 443, through the internet or through VPC endpoints.\n"
)

ON_THE_MACHINE = "on the machine: whether SSM Agent runs, its firewall, proxy, DNS, clock and TLS inspection"
NOTHING = "Nothing that can be seen from outside the machine is known to be broken."


def machine_text(report: Report, named: NamedMachine) -> str:
    """What happened to it and why, what to do, and what it is."""
    if not named.machine.is_lost:
        return _recovered(report, named) + _description(report, named.machine)
    mute = how_to_mute("TO MUTE IT FOR A DAY", [named], report)
    return _lost(report, named) + _description(report, named.machine) + mute


def _lost(report: Report, named: NamedMachine) -> str:
    machine = named.machine
    cause = f": {named.cause}" if named.cause else ""
    words = f"{clean(machine.words)}.\n" if machine.words else ""
    return (
        f"The SSM Agent on {title_of(machine)} does not answer{cause}.\n{words}"
        f"\nDO THIS FIRST\n{first_step(named, report.region, machine)}"
        + "".join(section(title.upper(), lines) for title, lines in findings_of(named).items())
        + what_to_check(named, report.region)
    )


def _recovered(report: Report, named: NamedMachine) -> str:
    machine, (length, counted) = named.machine, report.outage_of(named)
    out = f"It was out for {length}, {counted}" if length else "How long it was out is not known"
    before = f"It had been reported with: {clean(machine.words)}.\n" if machine.words else ""
    return f"The SSM Agent on {title_of(machine)} answers again. {out}.\n{before}"


def _description(report: Report, machine: Machine) -> str:
    ping = f"ping status {machine.ping_status}, last ping {machine.last_ping}"
    unseen = {NOT_REGISTERED: "Systems Manager has no record of it", UNKNOWN: "could not be looked up"}
    checks = f"; status checks: {machine.status_checks}" if machine.status_checks else ""
    lines = {
        "Node" if machine.is_node else "Instance": f"{machine.id}, {machine.state}{checks}",
        "Name": name_of(machine),
        "SSM Agent": unseen.get(machine.ping_status, f"{ping}, version {machine.agent_version}"),
        "Platform": machine.platform,
        "Network": machine.network,
        "Tags": tags_of(machine, report.settings.tag_keys),
        "Account": f"{report.account_id}, Region {report.region}",
        "Reported": f"{report.detected_at}, by AWS Config rule {report.rule_name}",
    }
    texts = {name: clean(text) for name, text in lines.items()}
    return "\nMACHINE\n" + "".join(f"  {name:<9}  {text}\n" for name, text in texts.items() if text)


def first_step(named: NamedMachine, region: str, first: Machine) -> str:
    """What to do first about a machine that was lost; words and command are for the first of its group."""
    if named.diagnosis and (found := _likely_cause_of(named.diagnosis)):
        return found
    machine, system = named.machine, _system_of(named.machine)
    ways = "at its console, over SSH or RDP" if first.is_node else "SSH, RDP, EC2 serial console"
    log_in = f"Log in to the {system}machine without Systems Manager ({ways}), and run:"
    what, command = FIRST_STEPS.get(machine.cause, (log_in, DIAGNOSE[system]))
    return f"  {what}\n    {command.format(region=region, id=first.id)}\n"


def _likely_cause_of(diagnosis: Diagnosis) -> str:
    """What is broken first, and what mends it, in lines; empty if nothing is known to be broken."""
    if not diagnosis.broken:
        return "".join(f"  {each}.\n  Undo it, if it was not meant.\n" for each in diagnosis.changed[:1])
    first, ids = diagnosis.broken[0], diagnosis.machine_ids
    remedy = first.remedy or Remedy("")
    lines = [f"  {first.found}.", f"  {remedy.words}", f"    {remedy.command}"]
    if len(ids) > 1 and any(each in remedy.command for each in ids):
        lines.append("  The same for each machine; this is for the first.")
    return "".join(f"{line}\n" for line in lines if line.strip())


def findings_of(named: NamedMachine) -> dict[str, list[str]]:
    """The rest of what was found, as lines by title; nothing if the diagnosis did not look at the machine."""
    diagnosis, plan = named.diagnosis, named.plan
    if not diagnosis:
        return {}
    fine = [f"Fine: {', '.join(diagnosis.fine)}"] if diagnosis.fine else []
    unseen = f"Not looked at: {', '.join([*diagnosis.not_looked_at, ON_THE_MACHINE])}"
    log_in = f"To look on the machine, log in and run: {DIAGNOSE[_system_of(named.machine)]}"
    found = {
        "Repair": [plan.text, *(f"Held back: {why}." for why in plan.held_back)] if plan else [],
        "What changed before the last ping": [*diagnosis.changed[0 if diagnosis.broken else 1 :]],
        "Also broken": [_in_one_line(each) for each in diagnosis.broken[1:]],
        "Could not be checked": [*diagnosis.could_not_check],
        "Looked at": [*fine, unseen, log_in if diagnosis.check else NOTHING],
    }
    return {title: lines for title, lines in found.items() if lines}


def _in_one_line(broken: Finding) -> str:
    remedy = broken.remedy or Remedy("")
    return f"{broken.found}. {remedy.words} {remedy.command}".strip()


def what_to_check(named: NamedMachine, region: str) -> str:
    """What to check where the cause is only a symptom; else empty."""
    seen = named.diagnosis
    if named.machine.cause in FIRST_STEPS or (seen and (seen.broken or seen.fine)):
        return ""
    checks = NODE_CHECKS if named.machine.is_node else INSTANCE_CHECKS
    return WHAT_TO_CHECK.format(checks=checks, region=region)


def how_to_mute(title: str, lost: list[NamedMachine], report: Report) -> str:
    """The command that mutes the first instance for a day; nodes have no silence tag."""
    ids = [each.machine.id for each in lost if not each.machine.is_node]
    if not report.settings.silence_tag or not ids:
        return ""
    tag = f"'Key={report.settings.silence_tag},Value={utc(report.now + timedelta(days=1))}'"
    command = f"aws ec2 create-tags --region {report.region} --resources {ids[0]} --tags {tag}"
    return f"\n{title}\n  {command}\n"


def _system_of(machine: Machine) -> str:
    return "Windows " if "Windows" in machine.platform else ""
