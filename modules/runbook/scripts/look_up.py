"""Step LookUp: what EC2 and Systems Manager say now about the instance and its agent.

It always succeeds, since no variable of Automation holds another step's status: what could not be
read is in the output `Problem`. Every output is a text that isn't empty and has no braces: Automation
takes what stands in two braces for a variable, in an output too.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# Automation repeats no call that a script makes, and after a mass outage many executions ask at once.
PATIENT = Config(retries={"mode": "adaptive", "total_max_attempts": 8})

UNKNOWN = "unknown"
NONE = "none"


def handler(events: dict[str, str], _context: Any) -> dict[str, str]:
    """Look one instance up.

    `events` has `InstanceId`. Returns the outputs that docs/user-steps.md lists.
    """
    facts = {
        "InstanceName": UNKNOWN,
        "InstanceState": UNKNOWN,
        "PingStatus": UNKNOWN,
        "LastPing": NONE,
        "AgentVersion": UNKNOWN,
        "Platform": UNKNOWN,
    }
    problems = []
    look_ups = [("the instance", _instance), ("its SSM Agent", _agent)]
    if events["InstanceId"].startswith("mi-"):
        look_ups = look_ups[1:]  # EC2 knows nothing of a hybrid node
    for what, look_up in look_ups:
        try:
            facts.update(look_up(events["InstanceId"]))
        except (BotoCoreError, ClientError) as error:
            problems.append(f"{what} could not be looked up: {error}")
    facts["Problem"] = "; ".join(problems) or NONE
    return {name: re.sub(r"[\s{}]+", " ", text).strip() or NONE for name, text in facts.items()}


def _instance(instance_id: str) -> dict[str, str]:
    try:
        answer = boto3.client("ec2", config=PATIENT).describe_instances(InstanceIds=[instance_id])
    except ClientError as error:
        if error.response["Error"]["Code"] == "InvalidInstanceID.NotFound":
            return {"InstanceState": "gone"}
        raise
    instances = [instance for reservation in answer["Reservations"] for instance in reservation["Instances"]]
    if not instances:
        return {"InstanceState": "gone"}
    tags = {tag["Key"]: tag["Value"] for tag in instances[0].get("Tags", [])}
    return {
        "InstanceName": tags.get("Name", NONE),
        "InstanceState": instances[0]["State"]["Name"],
        "Platform": instances[0].get("PlatformDetails") or UNKNOWN,
    }


def _agent(instance_id: str) -> dict[str, str]:
    """Every page is read: one may be empty and still be followed by another."""
    pages = boto3.client("ssm", config=PATIENT).get_paginator("describe_instance_information")
    found = pages.paginate(Filters=[{"Key": "InstanceIds", "Values": [instance_id]}])
    for agent in (agent for page in found for agent in page["InstanceInformationList"]):
        facts = {
            "PingStatus": agent.get("PingStatus", UNKNOWN),
            "AgentVersion": agent.get("AgentVersion") or UNKNOWN,
        }
        if agent.get("LastPingDateTime"):
            facts["LastPing"] = agent["LastPingDateTime"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if instance_id.startswith("mi-"):
            facts |= {"InstanceName": agent.get("ComputerName", NONE), "InstanceState": "hybrid node"}
        if agent.get("PlatformName"):
            facts["Platform"] = f"{agent['PlatformName']} {agent.get('PlatformVersion', '')}".strip()
        return facts
    return {"PingStatus": "NotRegistered", "AgentVersion": NONE}
