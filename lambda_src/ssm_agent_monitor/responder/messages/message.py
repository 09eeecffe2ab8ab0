"""The message that a person on call gets, and its subject: the only place where its words are written."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from ssm_agent_monitor.responder.machines.details import NONE, UNKNOWN
from ssm_agent_monitor.responder.machines.machines import Machine, is_node
from ssm_agent_monitor.responder.messages.causes import cause_of
from ssm_agent_monitor.responder.messages.diagnosis_text import findings_of, is_diagnosed, likely_cause_of

SUBJECT_CHARACTERS = 99
"""SNS takes subjects of fewer than 100 ASCII characters, without line breaks or control characters."""

MOST_STEPS = 50
"""Of the user's: a message has room for a thousand characters of each."""

TIME = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"

ATTACH_PROFILE = (
    "aws ec2 associate-iam-instance-profile --region {Region} --instance-id {Id} "
    "--iam-instance-profile Name=PROFILE"
)

# What to do first, by the causes that are more than a symptom.
FIRST_STEPS = {
    "metadata-disabled": (
        "Switch the instance metadata endpoint on:",
        "aws ec2 modify-instance-metadata-options --region {Region} --instance-id {Id} "
        "--http-endpoint enabled",
    ),
    "no-instance-profile": (
        "Attach an instance profile whose role has the AWS managed policy AmazonSSMManagedInstanceCore:",
        ATTACH_PROFILE,
    ),
    "agent-too-old": (
        "Update SSM Agent on the machine, or attach an instance profile whose role has the AWS managed "
        "policy AmazonSSMManagedInstanceCore:",
        ATTACH_PROFILE,
    ),
}
LOG_IN = "Log in to the {system}machine without Systems Manager ({ways}), and run:"
DIAGNOSE = "sudo ssm-cli get-diagnostics --output table"
DIAGNOSE_WINDOWS = '& "$env:ProgramFiles\\Amazon\\SSM\\ssm-cli.exe" get-diagnostics --output table'

AGENT_AND_NETWORK = (
    "  - Agent: SSM Agent is installed and running, and not older than what Systems Manager supports.\n"
    "  - Network: the machine reaches the endpoints ssm, ssmmessages and ec2messages of {Region} on\n"
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

Event = dict[str, Any]


def message_of(machine: Machine, event: Event, problems: list[str], failures: dict[str, str] | None) -> str:
    """The message about one machine.

    `event` has the document's parameters, `ConsoleHost`, `ExecutionId`, `GuideUrl` and `SilenceTag` (each
    empty: none). `problems` are what could not be read. `failures` are the user's steps that failed, with
    what Automation says of each; None: no steps ran.
    """
    facts = cleaned(machine)
    parts = [_lost(facts, event) if machine["Change"] == "Lost" else _recovered(facts, event)]
    parts.append(_machine(facts, event))
    if machine["Change"] == "Lost":
        parts.append(how_to_mute("TO MUTE IT FOR A DAY", facts, event))
    return "".join(parts) + ending(links_of(machine, event), problems, failures)


def ending(links: dict[str, str], problems: list[str], failures: dict[str, str] | None) -> str:
    """What every message ends with."""
    if failures is None:
        steps = ""
    elif failures:
        lines = [f"{name}: {why}" for name, why in failures.items()]
        more = [f"and {len(lines) - MOST_STEPS} more"] if len(lines) > MOST_STEPS else []
        steps = section("YOUR STEPS THAT FAILED", lines[:MOST_STEPS] + more)
    else:
        steps = section("YOUR STEPS", ["All of them succeeded."])
    return steps + section("COULD NOT BE READ", problems) + link_section(links)


def subject_of(machine: Machine, event: Event) -> str:
    """A subject that SNS takes, whatever the Name tag holds: printable ASCII, at most 99 characters.

    The name is shortened first: the id and the cause always fit.
    """
    is_lost = machine["Change"] == "Lost"
    outage = outage_of(machine, event)
    tail = cause_of(machine) if is_lost else f"out for {outage[0]}" if outage else ""
    head = "SSM Agent lost: " if is_lost else "SSM Agent back: "
    tail = f": {tail}" if tail else ""
    room = SUBJECT_CHARACTERS - len(head) - len(machine["Id"]) - len(tail) - len(" ()")
    name = _ascii(machine["InstanceName"])[:room].strip() if room > 0 else ""
    title = machine["Id"] if name in ("", NONE, UNKNOWN) else f"{name} ({machine['Id']})"
    return f"{head}{title}{tail}"[:SUBJECT_CHARACTERS]


def cleaned(machine: Machine) -> Machine:
    """A machine whose texts are one line each, its tags too."""
    tags = ", ".join(f"{key} = {value}" for key, value in machine["Tags"].items())
    texts = {key: clean(text) for key, text in {**machine, "Tags": tags}.items() if key != "Diagnosis"}
    return {**texts, "Diagnosis": machine["Diagnosis"]}


def clean(text: str) -> str:
    """One line, without control characters."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def _lost(facts: Machine, event: Event) -> str:
    """What happened and why, and what to do: the first sentence says it all."""
    cause = f": {cause_of(facts)}" if cause_of(facts) else ""
    words = f"{facts['Words']}.\n" if facts["Words"] else ""
    found = "".join(
        section(title.upper(), lines) for title, lines in findings_of(facts, diagnose_with(facts)).items()
    )
    return (
        f"The SSM Agent on {title_of(facts)} does not answer{cause}.\n{words}"
        f"\nDO THIS FIRST\n{first_step(facts, event)}{found}{checks_of(facts, event)}"
    )


def first_step(facts: Machine, event: Event) -> str:
    """What to do first about a machine that was lost, and the command for it."""
    if found := likely_cause_of(facts):
        return found
    ways = "at its console, over SSH or RDP" if is_node(facts) else "SSH, RDP, EC2 serial console"
    system = "Windows " if "Windows" in facts["Platform"] else ""
    log_in = LOG_IN.format(system=system, ways=ways), diagnose_with(facts)
    what, command = FIRST_STEPS.get(facts["Cause"], log_in)
    return f"  {what}\n    {command.format(Region=event['Region'], Id=facts['Id'])}\n"


def diagnose_with(facts: Machine) -> str:
    """The command that looks on the machine itself."""
    return DIAGNOSE_WINDOWS if "Windows" in facts["Platform"] else DIAGNOSE


def checks_of(facts: Machine, event: Event) -> str:
    """What to check where the cause is only a symptom; else empty."""
    checks = NODE_CHECKS if is_node(facts) else INSTANCE_CHECKS
    is_known = facts["Cause"] in FIRST_STEPS or is_diagnosed(facts)
    return "" if is_known else (checks + AGENT_AND_NETWORK).format(Region=event["Region"])


def _recovered(facts: Machine, event: Event) -> str:
    outage = outage_of(facts, event)
    length = f"It was out for {outage[0]}{outage[1]}" if outage else "How long it was out is not known"
    before = f"It had been reported with: {facts['Words']}.\n" if facts["Words"] else ""
    return f"The SSM Agent on {title_of(facts)} answers again. {length}.\n{before}"


def _machine(facts: Machine, event: Event) -> str:
    checks = f"; status checks: {facts['StatusChecks']}" if facts["StatusChecks"] else ""
    lines = {
        "Node" if is_node(facts) else "Instance": f"{facts['Id']}, {facts['InstanceState']}{checks}",
        "Name": "" if facts["InstanceName"] in (NONE, UNKNOWN) else facts["InstanceName"],
        "SSM Agent": _agent_line(facts),
        "Platform": facts["Platform"],
        "Network": facts["Network"],
        "Tags": facts["Tags"],
        "Account": f"{event['AccountId']}, Region {event['Region']}",
        "Reported": f"{event['DetectedAt']}, by AWS Config rule {event['RuleName']}",
    }
    return "\nMACHINE\n" + "".join(f"  {name:<9}  {text}\n" for name, text in lines.items() if text)


def _agent_line(facts: Machine) -> str:
    if facts["PingStatus"] == "NotRegistered":
        return "Systems Manager has no record of it"
    if facts["PingStatus"] == UNKNOWN:
        return "could not be looked up"
    return (
        f"ping status {facts['PingStatus']}, last ping {facts['LastPing']}, version {facts['AgentVersion']}"
    )


def how_to_mute(title: str, facts: Machine, event: Event) -> str:
    """The command that mutes an instance; nodes have no silence tag."""
    if not event["SilenceTag"] or is_node(facts):
        return ""
    until = datetime.fromisoformat(event["DetectedAt"]) + timedelta(days=1)
    return (
        f"\n{title}\n"
        f"  aws ec2 create-tags --region {event['Region']} --resources {facts['Id']} "
        f"--tags 'Key={event['SilenceTag']},Value={until.strftime('%Y-%m-%dT%H:%M:%SZ')}'\n"
    )


def outage_of(machine: Machine, event: Event) -> tuple[str, str] | None:
    """How long an agent was out, and since when, from the result that was replaced.

    Without the beginning, the time of that result is a lower bound. The end is the time of a run: "about".
    """
    if beginning := beginning_of(machine):
        what = "its last ping before that" if beginning[0] == "last ping" else "its launch"
        return f"about {duration(beginning[1], event)}", f", counted from {what} at {beginning[1]}"
    recorded = re.search(TIME, machine["Result"])
    if recorded and _is_time(recorded[1]):
        return f"at least {duration(recorded[1], event)}", f", since before {recorded[1]}"
    return None


def beginning_of(machine: Machine) -> tuple[str, str] | None:
    """What the annotation says of an outage's beginning, and its time.

    It is the `last ping`, or `launch at` of a machine that had never registered.
    """
    found = re.search(rf"(last ping|launch at) {TIME}", machine["Annotation"])
    return (found[1], found[2]) if found and _is_time(found[2]) else None


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:  # such as the 31st of February
        return False
    return True


def duration(beginning: str, event: Event) -> str:
    """The time from the beginning to the event, in its two largest units."""
    elapsed = datetime.fromisoformat(event["DetectedAt"]) - datetime.fromisoformat(beginning)
    minutes = max(int(elapsed.total_seconds()) // 60, 0)
    counts = {"day": minutes // 1440, "hour": minutes // 60 % 24, "minute": minutes % 60}
    texts = [f"{count} {unit}{'' if count == 1 else 's'}" for unit, count in counts.items() if count]
    return " ".join(texts[:2]) or "a minute"


def section(title: str, lines: list[str]) -> str:
    """Lines under a title, cleaned; nothing if there are none."""
    if not lines:
        return ""
    return f"\n{title}\n" + "".join(f"  {clean(line)[:1000]}\n" for line in lines)


def links_of(machine: Machine | None, event: Event) -> dict[str, str]:
    """Where to look on: `guide` (there may be none), `machine` (if it is about one), `rule`, `execution`."""
    console, region = f"https://{event['ConsoleHost']}", event["Region"]
    execution = f"{console}/systems-manager/automation/execution/{event['ExecutionId']}?region={region}"
    links = {
        "guide": event["GuideUrl"],
        "machine": _machine_link(machine, console, region) if machine else "",
        "rule": f"{console}/config/home?region={region}"
        f"#/rules/details?configRuleName={quote(event['RuleName'])}",
        "execution": execution,
    }
    return {name: link for name, link in links.items() if link}


def _machine_link(machine: Machine, console: str, region: str) -> str:
    if is_node(machine):
        return f"{console}/systems-manager/fleet-manager/managed-nodes?region={region}"
    return f"{console}/ec2/home?region={region}#InstanceDetails:instanceId={machine['Id']}"


def link_section(links: dict[str, str]) -> str:
    """The links of a message, by what they lead to."""
    return "\nLINKS\n" + "".join(f"  {name.capitalize():<9}  {link}\n" for name, link in links.items())


def title_of(facts: Machine) -> str:
    """The machine as people call it, with its id."""
    kind = "hybrid node " if is_node(facts) else ""
    if facts["InstanceName"] in (NONE, UNKNOWN):
        return f"{kind or 'EC2 instance '}{facts['Id']}"
    return f"{kind}{facts['InstanceName']} ({facts['Id']})"


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", " ".join(text.split())).encode("ascii", "ignore").decode()
    return clean(plain)
