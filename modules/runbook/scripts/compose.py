"""Step Compose: the message that a person on call gets, and its subject.

The only place where the message is made.
"""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import quote

import boto3
from botocore.exceptions import BotoCoreError, ClientError

SUBJECT_CHARACTERS = 99
"""SNS takes subjects of fewer than 100 ASCII characters, without line breaks or control characters."""

MESSAGE = """\
{Sentence}

WHAT IS KNOWN NOW
  Instance     {InstanceId} ({InstanceName}), {InstanceState}
  SSM Agent    {agent}
  Platform     {Platform}
  Account      {AccountId}
  Region       {Region}
  Config rule  {RuleName}
  Detected at  {DetectedAt}

WHAT TO CHECK
  1. Permissions: the instance has an instance profile whose role allows what the managed policy
     AmazonSSMManagedInstanceCore allows (or Default Host Management Configuration is on).
  2. Agent: SSM Agent is installed and running, and not older than what Systems Manager supports.
  3. Network: the instance reaches the endpoints ssm, ssmmessages and ec2messages of {Region} on
     port 443, through the internet or through VPC endpoints.
{steps}{problems}
LINKS
  Instance   {instance_link}
  Rule       {rule_link}
  Execution  {execution_link}
"""


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Build the message.

    `events` has the document's parameters, LookUp's outputs, `ExecutionId`, and `UserSteps`: the names
    of the user's steps. Returns `Subject`, `Message`, and `Problem` (`none`, or what could not be read).
    """
    problems = [] if events["Problem"] == "none" else [events["Problem"]]
    steps = ""
    if events["UserSteps"]:
        try:
            steps = _steps(_failures(events["ExecutionId"], events["UserSteps"]))
        except (BotoCoreError, ClientError) as error:
            problems.append(f"which of the steps failed could not be looked up: {error}")
    message = MESSAGE.format(
        **{key: _clean(str(value)) for key, value in events.items()},
        **_links(events),
        agent=_agent(events),
        steps=steps,
        problems=_section("COULD NOT BE READ", problems),
    )
    return {"Subject": subject(events), "Message": message, "Problem": "; ".join(problems) or "none"}


def subject(events: dict[str, Any]) -> str:
    """A subject that SNS takes, whatever the Name tag holds: printable ASCII, at most 99 characters."""
    head = f"SSM Agent lost: {events['InstanceId']}"
    tail = f" in {events['AccountId']} {events['Region']}"
    name = unicodedata.normalize("NFKD", events["InstanceName"]).encode("ascii", "ignore").decode()
    name = "".join(character for character in " ".join(name.split()) if character.isprintable())
    room = SUBJECT_CHARACTERS - len(head) - len(tail) - len(" ()")
    if name in ("", "none", "unknown") or room < 1:
        return (head + tail)[:SUBJECT_CHARACTERS]
    return f"{head} ({name[:room].strip()}){tail}"


def _agent(events: dict[str, Any]) -> str:
    if events["PingStatus"] == "NotRegistered":
        return "has never registered with Systems Manager, or is no longer registered"
    if events["PingStatus"] == "unknown":
        return "could not be looked up"
    status = f"ping status {events['PingStatus']}"
    if events["PingStatus"] == "Online":
        status += " (it answers again; it did not when the rule judged it)"
    return f"{status}, last ping {events['LastPing']}, version {events['AgentVersion']}"


def _failures(execution_id: str, names: list[str]) -> dict[str, str]:
    """The user's steps that did not succeed, with what Automation says of each."""
    pages = boto3.client("ssm").get_paginator("describe_automation_step_executions")
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
    host, region = events["ConsoleHost"], events["Region"]
    return {
        "instance_link": f"https://{host}/ec2/home?region={region}#InstanceDetails:instanceId={events['InstanceId']}",
        "rule_link": f"https://{host}/config/home?region={region}"
        f"#/rules/details?configRuleName={quote(events['RuleName'])}",
        "execution_link": f"https://{host}/systems-manager/automation/execution/{events['ExecutionId']}"
        f"?region={region}",
    }


def _clean(text: str) -> str:
    """One line, without control characters."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())
