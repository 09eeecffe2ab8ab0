"""Step Compose: the message that a person on call gets, and its subject.

The only place where the message is made.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# Automation repeats no call that a script makes, and after a mass outage many executions ask at once.
PATIENT = Config(retries={"mode": "adaptive", "total_max_attempts": 8})

SUBJECT_CHARACTERS = 99
"""SNS takes subjects of fewer than 100 ASCII characters, without line breaks or control characters."""

TIME = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"

HEADLINES = {"Lost": "SSM Agent lost", "Recovered": "SSM Agent back"}

SENTENCES = {
    "Lost": "The SSM Agent of {machine} in account {AccountId}, Region {Region}, cannot be reached: "
    "AWS Config rule {RuleName} found it NON_COMPLIANT at {DetectedAt}.",
    "Recovered": "The SSM Agent of {machine} in account {AccountId}, Region {Region}, answers again: "
    "AWS Config rule {RuleName} found it COMPLIANT at {DetectedAt}.",
}

MESSAGE = """\
{sentence}
{outage}
WHAT IS KNOWN NOW
  {kind:<11}  {InstanceId} ({InstanceName}), {InstanceState}
  SSM Agent    {agent}
  Platform     {Platform}
  Account      {AccountId}
  Region       {Region}
  Config rule  {RuleName}
  Detected at  {DetectedAt}
{advice}{steps}{problems}
LINKS
  {kind:<9}  {machine_link}
  Rule       {rule_link}
  Execution  {execution_link}
"""

INSTANCE_ADVICE = """
WHAT TO CHECK
  1. Permissions: the instance has an instance profile whose role allows what the managed policy
     AmazonSSMManagedInstanceCore allows (or Default Host Management Configuration is on).
  2. Agent: SSM Agent is installed and running, and not older than what Systems Manager supports.
  3. Network: the instance reaches the endpoints ssm, ssmmessages and ec2messages of {Region} on
     port 443, through the internet or through VPC endpoints.
"""

NODE_ADVICE = """
WHAT TO CHECK
  1. Power: the node is switched on. Systems Manager cannot tell a node that is off from a lost one.
  2. Agent: SSM Agent is installed and running, and not older than what Systems Manager supports.
  3. Registration: the node is still registered (or register it anew with a hybrid activation), its
     clock is right, and the IAM service role of its activation allows what the managed policy
     AmazonSSMManagedInstanceCore allows.
  4. Network: the node reaches the endpoints ssm, ssmmessages and ec2messages of {Region} on
     port 443.
"""


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Build the message.

    `events` has the document's parameters that say what happened, LookUp's outputs, `ConsoleHost`,
    `ExecutionId`, and `UserSteps`: the names of the user's steps. Returns `Subject`, `Message`, and
    `Problem` (`none`, or what could not be read), without braces.
    """
    is_lost = events["Change"] == "Lost"
    problems = [] if events["Problem"] == "none" else [events["Problem"]]
    steps = ""
    if events["UserSteps"] and is_lost:
        try:
            steps = _steps(_failures(events["ExecutionId"], events["UserSteps"]))
        except (BotoCoreError, ClientError) as error:
            problems.append(f"which of the steps failed could not be looked up: {error}")
    facts = {key: _clean(str(value)) for key, value in events.items()}
    advice = NODE_ADVICE if _is_node(events) else INSTANCE_ADVICE
    message = MESSAGE.format(
        **facts,
        **_links(events),
        sentence=_sentence(facts),
        kind="Node" if _is_node(events) else "Instance",
        outage="" if is_lost else f"{_outage(events)}\n",
        agent=_agent(events, is_lost),
        advice=advice.format(Region=events["Region"]) if is_lost else "",
        steps=steps,
        problems=_section("COULD NOT BE READ", problems),
    )
    outputs = {"Subject": subject(events), "Message": message, "Problem": "; ".join(problems) or "none"}
    return {name: _without_braces(text) for name, text in outputs.items()}


def subject(events: dict[str, Any]) -> str:
    """A subject that SNS takes, whatever the Name tag holds: printable ASCII, at most 99 characters."""
    head = f"{HEADLINES[events['Change']]}: {events['InstanceId']}"
    tail = f" in {events['AccountId']} {events['Region']}"
    name = unicodedata.normalize("NFKD", events["InstanceName"]).encode("ascii", "ignore").decode()
    name = "".join(character for character in " ".join(name.split()) if character.isprintable())
    room = SUBJECT_CHARACTERS - len(head) - len(tail) - len(" ()")
    if name in ("", "none", "unknown") or room < 1:
        return (head + tail)[:SUBJECT_CHARACTERS]
    return f"{head} ({name[:room].strip()}){tail}"


def _is_node(events: dict[str, Any]) -> bool:
    """Whether the machine is a hybrid node, outside EC2."""
    return str(events["InstanceId"]).startswith("mi-")


def _sentence(facts: dict[str, str]) -> str:
    """What happened, complete by itself."""
    kind = "hybrid node" if _is_node(facts) else "EC2 instance"
    return SENTENCES[facts["Change"]].format(**facts, machine=f"{kind} {facts['InstanceId']}")


def _outage(events: dict[str, Any]) -> str:
    """How long the agent was out, from what the result that was replaced says of its beginning.

    Its annotation has the last ping before the outage, or the launch of a machine that had never
    registered. With neither, the time of that result is a lower bound.
    """
    beginning = re.search(rf"(last ping|launch at) {TIME}", events["OldAnnotation"])
    if beginning:
        what = "its last ping before that" if beginning[1] == "last ping" else "its launch"
        return f"It was out for {_duration(beginning[2], events)}, counted from {what} at {beginning[2]}."
    recorded = re.search(TIME, events["OldResultAt"])
    if recorded:
        return f"It was out for at least {_duration(recorded[1], events)}: since before {recorded[1]}."
    return "How long it was out is not known."


def _duration(beginning: str, events: dict[str, Any]) -> str:
    """The time from the beginning to the event, in its two largest units."""
    elapsed = datetime.fromisoformat(events["DetectedAt"]) - datetime.fromisoformat(beginning)
    minutes = max(int(elapsed.total_seconds()) // 60, 0)
    counts = {"day": minutes // 1440, "hour": minutes // 60 % 24, "minute": minutes % 60}
    texts = [f"{count} {unit}{'' if count == 1 else 's'}" for unit, count in counts.items() if count]
    return " ".join(texts[:2]) or "less than a minute"


def _agent(events: dict[str, Any], is_lost: bool) -> str:
    if events["PingStatus"] == "NotRegistered":
        return "has never registered with Systems Manager, or is no longer registered"
    if events["PingStatus"] == "unknown":
        return "could not be looked up"
    status = f"ping status {events['PingStatus']}"
    if events["PingStatus"] == "Online" and is_lost:
        status += " (it answers again; it did not when the rule checked it)"
    return f"{status}, last ping {events['LastPing']}, version {events['AgentVersion']}"


def _failures(execution_id: str, names: list[str]) -> dict[str, str]:
    """The user's steps that did not succeed, with what Automation says of each."""
    pages = boto3.client("ssm", config=PATIENT).get_paginator("describe_automation_step_executions")
    return {
        step["StepName"]: f"{step['StepStatus']}: {step.get('FailureMessage', 'no message')}"
        for page in pages.paginate(AutomationExecutionId=execution_id)
        for step in page["StepExecutions"]
        if step["StepName"] in names and step["StepStatus"] not in ("Success", "Pending", "InProgress")
    }


def _steps(failures: dict[str, str]) -> str:
    if not failures:
        return "\nYOUR STEPS\n  All of them succeeded.\n"
    return _section("YOUR STEPS THAT FAILED", [f"{name}: {why}" for name, why in failures.items()])


def _section(title: str, lines: list[str]) -> str:
    if not lines:
        return ""
    return f"\n{title}\n" + "".join(f"  {_clean(line)[:1000]}\n" for line in lines)


def _links(events: dict[str, Any]) -> dict[str, str]:
    console, region = f"https://{events['ConsoleHost']}", events["Region"]
    instance = f"{console}/ec2/home?region={region}#InstanceDetails:instanceId={events['InstanceId']}"
    nodes = f"{console}/systems-manager/fleet-manager/managed-nodes?region={region}"
    return {
        "machine_link": nodes if _is_node(events) else instance,
        "rule_link": f"{console}/config/home?region={region}"
        f"#/rules/details?configRuleName={quote(events['RuleName'])}",
        "execution_link": f"{console}/systems-manager/automation/execution/{events['ExecutionId']}"
        f"?region={region}",
    }


def _clean(text: str) -> str:
    """One line, without control characters."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def _without_braces(text: str) -> str:
    """Automation takes what stands in two braces for a variable, in an output too."""
    return text.translate({ord("{"): " ", ord("}"): " "})
