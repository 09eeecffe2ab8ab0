"""What Systems Manager says of an SSM Agent, and of the hybrid node that it runs on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import InstanceInformationTypeDef

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent that Systems Manager has a record of; texts are empty for what it does not say.

    `ping_status` and `version` are `unknown` then. `platform` is the operating system in words.
    """

    id: str
    ping_status: str = UNKNOWN
    last_ping: datetime | None = None
    version: str = UNKNOWN
    platform: str = ""
    computer_name: str = ""
    ip_address: str = ""
    activation_id: str = ""


def agent_of(item: InstanceInformationTypeDef) -> Agent:
    """From an item of DescribeInstanceInformation."""
    name = item.get("PlatformName", "")
    return Agent(
        id=item["InstanceId"],
        ping_status=item.get("PingStatus", UNKNOWN),
        last_ping=item.get("LastPingDateTime"),
        version=item.get("AgentVersion") or UNKNOWN,
        platform=f"{name} {item.get('PlatformVersion', '')}".strip() if name else "",
        computer_name=item.get("ComputerName", ""),
        ip_address=item.get("IPAddress", ""),
        activation_id=item.get("ActivationId", ""),
    )
