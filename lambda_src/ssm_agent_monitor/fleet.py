"""What EC2 and Systems Manager say: every page of it, or an error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ssm_agent_monitor.models import Agent, Fleet

INSTANCES_PER_PAGE = 1000
"""The most that DescribeInstanceStatus gives."""

AGENTS_PER_PAGE = 50
"""The most that DescribeInstanceInformation gives; its default is 10."""


def read(ec2: Any, ssm: Any) -> Fleet:
    """Read the whole fleet of one account and Region with boto3 clients for EC2 and SSM.

    Raises:
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: any failure of a call; a fleet
            of which a part could not be read is never returned.
    """
    return Fleet(running=frozenset(_running_instance_ids(ec2)), agents=dict(_agents(ssm)))


def _running_instance_ids(ec2: Any) -> Iterator[str]:
    """DescribeInstanceStatus lists running instances only, in small answers."""
    pages = ec2.get_paginator("describe_instance_status").paginate(
        PaginationConfig={"PageSize": INSTANCES_PER_PAGE}
    )
    for page in pages:
        for status in page["InstanceStatuses"]:
            if status["InstanceState"]["Name"] == "running":
                yield status["InstanceId"]


def _agents(ssm: Any) -> Iterator[tuple[str, Agent]]:
    """Agents that change between two pages may come twice; the later page is the newer truth."""
    pages = ssm.get_paginator("describe_instance_information").paginate(
        PaginationConfig={"PageSize": AGENTS_PER_PAGE}
    )
    for page in pages:
        for information in page["InstanceInformationList"]:
            yield information["InstanceId"], _agent(information)


def _agent(information: dict[str, Any]) -> Agent:
    platform = f"{information.get('PlatformName', '')} {information.get('PlatformVersion', '')}".strip()
    return Agent(
        ping_status=information.get("PingStatus", "unknown"),
        last_ping=information.get("LastPingDateTime"),
        version=information.get("AgentVersion") or None,
        platform=platform or information.get("PlatformType"),
    )
