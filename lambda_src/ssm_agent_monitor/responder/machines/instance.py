"""What EC2 says of an instance, as far as messages, checks and repairs need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ssm_agent_monitor.shared.service_managed import operator_of

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface; texts are empty where there is none."""

    vpc_id: str
    subnet_id: str
    group_ids: tuple[str, ...] = ()
    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    public_ip: str = ""


@dataclass(frozen=True, slots=True)
class MetadataOptions:
    """How the instance metadata service is set; texts are empty where EC2 says nothing."""

    endpoint: str = ""
    state: str = ""
    tokens: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """The Auto Scaling group of an instance, and what the group does with it."""

    group: str
    life_cycle: str


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance; texts are empty for what EC2 does not say.

    `launched` is when it was last started, `profile_arn` the ARN of its instance profile, `operator` the
    service that operates it; `life` is `spot`, `scheduled` or `capacity-block`. It has an interface at least.
    """

    id: str
    state: str
    tags: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""
    vpc_id: str = ""
    subnet_id: str = ""
    private_ip: str = ""
    launched: datetime | None = None
    profile_arn: str = ""
    operator: str = ""
    life: str = ""
    metadata: MetadataOptions = MetadataOptions()
    interfaces: tuple[Interface, ...] = ()

    @property
    def auto_scaling_group(self) -> str:
        """The name of the Auto Scaling group that launched it; empty: none did."""
        return self.tags.get("aws:autoscaling:groupName", "")


def instance_of(item: InstanceTypeDef) -> Instance:
    """From an instance of DescribeInstances."""
    options = item.get("MetadataOptions", {})
    cards: Sequence[Mapping[str, Any]] = item.get("NetworkInterfaces") or [item]
    return Instance(
        id=item["InstanceId"],
        state=item["State"]["Name"],
        tags={tag["Key"]: tag["Value"] for tag in item.get("Tags", [])},
        platform=item.get("PlatformDetails", ""),
        vpc_id=item.get("VpcId", ""),
        subnet_id=item.get("SubnetId", ""),
        private_ip=item.get("PrivateIpAddress", ""),
        launched=item.get("LaunchTime"),
        profile_arn=item.get("IamInstanceProfile", {}).get("Arn", ""),
        operator=operator_of(item),
        life=item.get("InstanceLifecycle", ""),
        metadata=MetadataOptions(
            options.get("HttpEndpoint", ""), options.get("State", ""), options.get("HttpTokens", "")
        ),
        interfaces=tuple(map(_interface, cards)),
    )


def _interface(card: Mapping[str, Any]) -> Interface:
    """Of an interface, or of an instance of which EC2 lists none."""
    ipv4 = [each.get("PrivateIpAddress", "") for each in card.get("PrivateIpAddresses", [])]
    return Interface(
        vpc_id=card.get("VpcId", ""),
        subnet_id=card.get("SubnetId", ""),
        group_ids=tuple(group["GroupId"] for group in card.get("Groups", card.get("SecurityGroups", []))),
        ipv4=tuple(filter(None, ipv4 or [card.get("PrivateIpAddress", "")])),
        ipv6=tuple(each["Ipv6Address"] for each in card.get("Ipv6Addresses", [])),
        public_ip=card.get("Association", {}).get("PublicIp") or card.get("PublicIpAddress", ""),
    )
