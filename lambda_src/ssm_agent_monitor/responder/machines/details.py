"""What is told of a machine, from what EC2 and Systems Manager say; texts, and `Tags` by their keys."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC
from typing import Any

UNKNOWN = "unknown"
NONE = "none"
GONE = {"InstanceState": "gone"}


def instance_facts(instance: dict[str, Any], tag_keys: Collection[str]) -> dict[str, Any]:
    """What EC2 says of an instance; `tag_keys` are the tags to show."""
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
    network = (instance.get(name, "") for name in ("VpcId", "SubnetId", "PrivateIpAddress"))
    return {
        "InstanceName": tags.get("Name") or NONE,
        "InstanceState": instance["State"]["Name"],
        "Platform": instance.get("PlatformDetails") or UNKNOWN,
        "Network": ", ".join(filter(None, network)),
        "Tags": {key: tags[key] for key in tag_keys if key in tags},
        "AutoScalingGroup": tags.get("aws:autoscaling:groupName", ""),
    }


NOT_REGISTERED = {"PingStatus": "NotRegistered", "AgentVersion": NONE}


def agent_facts(agent: dict[str, Any]) -> dict[str, Any]:
    """What Systems Manager says of an SSM Agent, and of a hybrid node."""
    facts = {
        "PingStatus": agent.get("PingStatus", UNKNOWN),
        "AgentVersion": agent.get("AgentVersion") or UNKNOWN,
    }
    if agent.get("LastPingDateTime"):
        facts["LastPing"] = agent["LastPingDateTime"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if agent["InstanceId"].startswith("mi-"):
        facts |= {"InstanceName": agent.get("ComputerName") or NONE, "InstanceState": "hybrid node"}
        facts["Network"] = agent.get("IPAddress", "")
    if agent.get("PlatformName"):
        facts["Platform"] = f"{agent['PlatformName']} {agent.get('PlatformVersion', '')}".strip()
    return facts
