"""What to do about a machine that was lost: first, then what to check; and how to mute it."""

from __future__ import annotations

from datetime import timedelta

from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.responder.messages.diagnosis_text import likely_cause_of
from ssm_agent_monitor.responder.messages.report import NamedMachine, Report
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

LOG_IN = "Log in to the {system}machine without Systems Manager ({ways}), and run:"
DIAGNOSE = "sudo ssm-cli get-diagnostics --output table"
DIAGNOSE_WINDOWS = '& "$env:ProgramFiles\\Amazon\\SSM\\ssm-cli.exe" get-diagnostics --output table'

AGENT_AND_NETWORK = (
    "  - Agent: SSM Agent is installed and running, and not older than what Systems Manager supports.\n"
    "  - Network: the machine reaches the endpoints ssm, ssmmessages and ec2messages of {region} on\n"
    "    port 443, through the internet or through VPC endpoints.\n"
)
INSTANCE_CHECKS = (
    "\nWHAT TO CHECK\n"
    "  - Permissions: the instance has an instance profile whose role allows what the managed policy\n"
    "    AmazonSSMManagedInstanceCore allows (or Default Host Management Configuration is on).\n"
)
NODE_CHECKS = (
    "\nWHAT TO CHECK\n"
    "  - Power: the node is switched on. Systems Manager cannot tell a node that is off from a lost one.\n"
    "  - Registration: the node is still registered (or register it anew with a hybrid activation), its\n"
    "    clock is right, and the role of its activation allows what AmazonSSMManagedInstanceCore allows.\n"
)


def first_step(named: NamedMachine, region: str, first: Machine) -> str:
    """What to do first about a machine that was lost; words and command are for the first of its group."""
    if named.diagnosis and (found := likely_cause_of(named.diagnosis)):
        return found
    machine = named.machine
    ways = "at its console, over SSH or RDP" if first.is_node else "SSH, RDP, EC2 serial console"
    log_in = LOG_IN.format(system="Windows " if _is_windows(machine) else "", ways=ways)
    what, command = FIRST_STEPS.get(machine.cause, (log_in, diagnose_with(machine)))
    return f"  {what}\n    {command.format(region=region, id=first.id)}\n"


def diagnose_with(machine: Machine) -> str:
    """The command that looks on the machine itself."""
    return DIAGNOSE_WINDOWS if _is_windows(machine) else DIAGNOSE


def what_to_check(named: NamedMachine, region: str) -> str:
    """What to check where the cause is only a symptom; else empty."""
    seen = named.diagnosis
    if named.machine.cause in FIRST_STEPS or (seen and (seen.broken or seen.fine)):
        return ""
    checks = NODE_CHECKS if named.machine.is_node else INSTANCE_CHECKS
    return (checks + AGENT_AND_NETWORK).format(region=region)


def how_to_mute(title: str, machine: Machine, report: Report) -> str:
    """The command that mutes an instance for a day; nodes have no silence tag."""
    if not report.silence_tag or machine.is_node:
        return ""
    until = utc(report.now + timedelta(days=1))
    return (
        f"\n{title}\n  aws ec2 create-tags --region {report.region} --resources {machine.id} "
        f"--tags 'Key={report.silence_tag},Value={until}'\n"
    )


def _is_windows(machine: Machine) -> bool:
    return "Windows" in machine.platform
