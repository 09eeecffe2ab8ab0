"""What there is in a VPC, as EC2's API shows it, each kind with what makes it of an item of an answer.

Texts are empty for what EC2 does not say. CIDRs are of both families of addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.diagnosis.network.addresses import ALL_PORTS, HTTPS, Span, is_in
from ssm_agent_monitor.responder.reading import UnsureError

if TYPE_CHECKING:
    from mypy_boto3_ec2 import type_defs as ec2

NAT64 = "64:ff9b::/96"
"""The addresses that stand for IPv4 ones."""

ALL = "-1"
TCP = (ALL, "6", "tcp")
"""The protocols that TCP is, or is among."""


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet; `block_mode` is that of VPC Block Public Access."""

    id: str
    owner_id: str
    cidrs: tuple[str, ...]
    block_mode: str


def subnet_of(item: ec2.SubnetTypeDef) -> Subnet:
    """From DescribeSubnets."""
    ipv6 = (each["Ipv6CidrBlock"] for each in item.get("Ipv6CidrBlockAssociationSet", []))
    return Subnet(
        id=item["SubnetId"],
        owner_id=item.get("OwnerId", ""),
        cidrs=tuple(filter(None, (item.get("CidrBlock"), *ipv6))),
        block_mode=item.get("BlockPublicAccessStates", {}).get("InternetGatewayBlockMode", "off"),
    )


@dataclass(frozen=True, slots=True)
class Route:
    """A route; `destination` is a CIDR or the id of a prefix list, `target` an id, or `local`."""

    destination: str
    target: str
    state: str
    is_propagated: bool


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A route table: of these subnets, and of all that have none if it `is_main`."""

    id: str
    is_main: bool
    subnet_ids: tuple[str, ...]
    routes: tuple[Route, ...]

    @property
    def leads_to_nat64(self) -> bool:
        """Whether it has a route for the addresses that stand for IPv4 ones."""
        return any(each.destination == NAT64 for each in self.routes)


def route_table_of(item: ec2.RouteTableTypeDef) -> RouteTable:
    """From DescribeRouteTables."""
    used = item["Associations"]
    return RouteTable(
        id=item["RouteTableId"],
        is_main=any(each.get("Main") for each in used),
        subnet_ids=tuple(each["SubnetId"] for each in used if "SubnetId" in each),
        routes=tuple(map(_route, item["Routes"])),
    )


def _route(item: ec2.RouteTypeDef) -> Route:
    cidr = item.get("DestinationCidrBlock") or item.get("DestinationIpv6CidrBlock")
    return Route(
        destination=cidr or item["DestinationPrefixListId"],
        target=_target(item),
        state=item.get("State", ""),
        is_propagated=item.get("Origin") == "EnableVgwRoutePropagation",
    )


def _target(item: Mapping[str, object]) -> str:
    """The id of a route's target; every key that is no destination and no state may hold one."""
    others = ("Destination", "State", "Origin", "InstanceOwnerId")
    return str(next((item[key] for key in sorted(item) if not key.startswith(others) and item[key]), ""))


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A NAT gateway. A regional one has a `route_table_id` and is in no subnet.

    `is_public` is one that leads to the internet, and has no appliances before it.
    """

    id: str
    state: str
    failure: str
    subnet_id: str
    route_table_id: str
    is_public: bool
    has_public_address: bool


def nat_gateway_of(item: ec2.NatGatewayTypeDef) -> NatGateway:
    """From DescribeNatGateways."""
    is_public = item.get("ConnectivityType", "public") == "public"
    return NatGateway(
        id=item["NatGatewayId"],
        state=item["State"],
        failure=item.get("FailureMessage", ""),
        subnet_id=item.get("SubnetId", ""),
        route_table_id=item.get("RouteTableId", ""),
        is_public=is_public and not item.get("AttachedAppliances"),
        has_public_address=any(each.get("PublicIp") for each in item.get("NatGatewayAddresses", [])),
    )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint; `kind`, `address_type` and `record_type` are EC2's words, `policy` is JSON."""

    id: str
    kind: str
    service_name: str
    state: str
    failure: str
    has_private_dns: bool
    subnet_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    address_type: str
    record_type: str
    policy: str

    @property
    def service(self) -> str:
        """The last part of the service's name, such as `ssm`."""
        return self.service_name.rpartition(".")[2]

    @property
    def name(self) -> str:
        """How findings name it."""
        return f"endpoint {self.id} ({self.service})"

    @property
    def families(self) -> tuple[int, ...]:
        """The families of addresses that it has."""
        families = {"ipv4": (4,), "dualstack": (4, 6), "ipv6": (6,)}
        if self.address_type not in families:
            raise UnsureError(f"{self.name} has addresses of the unknown type {self.address_type}")
        return families[self.address_type]


def endpoint_of(item: ec2.VpcEndpointTypeDef) -> Endpoint:
    """From DescribeVpcEndpoints."""
    return Endpoint(
        id=item["VpcEndpointId"],
        kind=item.get("VpcEndpointType", ""),
        service_name=item["ServiceName"],
        state=item.get("State", ""),
        failure=item.get("FailureReason") or item.get("LastError", {}).get("Message", ""),
        has_private_dns=item.get("PrivateDnsEnabled", False),
        subnet_ids=tuple(item.get("SubnetIds", [])),
        group_ids=tuple(each["GroupId"] for each in item.get("Groups", [])),
        address_type=item.get("IpAddressType") or "ipv4",
        record_type=item.get("DnsOptions", {}).get("DnsRecordIpType") or "ipv4",
        policy=item.get("PolicyDocument", ""),
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a security group: from whom or to whom."""

    cidrs: tuple[str, ...]
    prefix_list_ids: tuple[str, ...]
    group_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group: what it lets in on port 443, and what it lets out."""

    id: str
    into: tuple[Rule, ...]
    out: tuple[Rule, ...]


def security_group_of(item: ec2.SecurityGroupTypeDef) -> SecurityGroup:
    """From DescribeSecurityGroups."""
    into, out = (
        tuple(_rule(each) for each in item[key] if _is_for_https(each))
        for key in ("IpPermissions", "IpPermissionsEgress")
    )
    return SecurityGroup(item["GroupId"], into, out)


def _is_for_https(item: ec2.IpPermissionOutputTypeDef) -> bool:
    protocol, ports = item["IpProtocol"], (item.get("FromPort", 0), item.get("ToPort", 65535))
    return protocol == ALL or (protocol in TCP and is_in(HTTPS, [ports]))


def _rule(item: ec2.IpPermissionOutputTypeDef) -> Rule:
    cidrs = [each["CidrIp"] for each in item.get("IpRanges", [])]
    return Rule(
        cidrs=(*cidrs, *(each["CidrIpv6"] for each in item.get("Ipv6Ranges", []))),
        prefix_list_ids=tuple(each["PrefixListId"] for each in item.get("PrefixListIds", [])),
        group_ids=tuple(each["GroupId"] for each in item.get("UserIdGroupPairs", []) if "GroupId" in each),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a network ACL; without `ports` it is not for TCP."""

    number: int
    is_out: bool
    is_allowed: bool
    ports: Span | None
    cidr: str


@dataclass(frozen=True, slots=True)
class NetworkAcl:
    """The network ACL of these subnets."""

    id: str
    subnet_ids: tuple[str, ...]
    entries: tuple[Entry, ...]


def network_acl_of(item: ec2.NetworkAclTypeDef) -> NetworkAcl:
    """From DescribeNetworkAcls."""
    return NetworkAcl(
        id=item["NetworkAclId"],
        subnet_ids=tuple(each["SubnetId"] for each in item["Associations"] if "SubnetId" in each),
        entries=tuple(map(_entry, item["Entries"])),
    )


def _entry(item: ec2.NetworkAclEntryTypeDef) -> Entry:
    protocol, given = item["Protocol"], item.get("PortRange")
    ports = (given["From"], given["To"]) if given and protocol != ALL else ALL_PORTS
    return Entry(
        number=item["RuleNumber"],
        is_out=item["Egress"],
        is_allowed=item["RuleAction"] == "allow",
        ports=ports if protocol in TCP else None,
        cidr=item.get("CidrBlock") or item["Ipv6CidrBlock"],
    )
