"""Checks `metadata` and `agent-version`: what the agent needs of the instance, and how old it is."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.diagnosis.answers import Skipped
from ssm_agent_monitor.responder.diagnosis.checks.agent_versions import HOST_SINCE, age_of
from ssm_agent_monitor.responder.reading import Unreadable


def check_metadata(instance: dict[str, Any]) -> Any:
    """From an instance of DescribeInstances. Tokens are `optional` or `required`: both allow version 2."""
    options = instance.get("MetadataOptions", {})
    if options.get("HttpEndpoint") == "disabled":
        command = f"ec2 modify-instance-metadata-options --instance-id {instance['InstanceId']}"
        found = "instance metadata is disabled, so the agent gets no credentials"
        return [(found, "Enable it:", f"{command} --http-endpoint enabled")]
    state = [options.get(key) for key in ("HttpEndpoint", "State")]
    if state != ["enabled", "applied"] or options.get("HttpTokens") not in ("optional", "required"):
        return Unreadable(f"its options are {options or 'unknown'}")
    return "enabled; its hop limit and the machine's firewall were not looked at"


def check_agent_version(version: str, instance: dict[str, Any]) -> Any:
    """From the version that Systems Manager has on record; `instance` is `{}` for a hybrid node."""
    if version == "none":
        return Skipped("Systems Manager has no record of the agent")
    age = age_of(version)
    if not age:
        return Unreadable(f"its version is {version}")
    if age >= HOST_SINCE:
        return f"SSM Agent {version}"
    if not instance or instance.get("IamInstanceProfile"):
        return Unreadable(f"SSM Agent {version} is old, and AWS does not say which is too old")
    oldest = ".".join(map(str, HOST_SINCE))
    found = f"SSM Agent {version} is too old: it works from {oldest} on without an instance profile"
    command = f"ec2 associate-iam-instance-profile --instance-id {instance['InstanceId']}"
    return [
        (
            found,
            "Update it on the machine, or attach a profile:",
            f"{command} --iam-instance-profile Name=NAME",
        )
    ]
