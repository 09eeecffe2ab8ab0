"""What there is in a VPC, as EC2's API shows it, and how each kind is read.

Texts are empty for what EC2 does not say. CIDRs are of both families of addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


def _subnet(item: ec2.SubnetTypeDef) -> Subnet:
    ipv6 = (each["Ipv6CidrBlock"] for each in item.get("Ipv6CidrBlockAssociationSet", []))
    cidrs = tuple(filter(None, (item.get("CidrBlock"), *ipv6)))
    block_mode = item.get("BlockPublicAccessStates", {}).get("InternetGatewayBlockMode", "off")
    return Subnet(item["SubnetId"], item.get("OwnerId", ""), cidrs, block_mode)


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


def _route_table(item: ec2.RouteTableTypeDef) -> RouteTable:
    used = item["Associations"]
    is_main = any(each.get("Main") for each in used)
    subnet_ids = tuple(each["SubnetId"] for each in used if "SubnetId" in each)
    return RouteTable(item["RouteTableId"], is_main, subnet_ids, tuple(map(_route, item["Routes"])))


def _route(item: ec2.RouteTypeDef) -> Route:
    cidr = item.get("DestinationCidrBlock") or item.get("DestinationIpv6CidrBlock")
    is_propagated = item.get("Origin") == "EnableVgwRoutePropagation"
    return Route(cidr or item["DestinationPrefixListId"], _target(item), item.get("State", ""), is_propagated)


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


def _nat_gateway(item: ec2.NatGatewayTypeDef) -> NatGateway:
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


def _endpoint(item: ec2.VpcEndpointTypeDef) -> Endpoint:
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
class SecurityGroup:
    """A security group: from whom it lets port 443 in, and to whom out.

    Each is a CIDR, or the id of a prefix list or of another group.
    """

    id: str
    into: tuple[str, ...]
    out: tuple[str, ...]


def _security_group(item: ec2.SecurityGroupTypeDef) -> SecurityGroup:
    into, out = item["IpPermissions"], item["IpPermissionsEgress"]
    return SecurityGroup(item["GroupId"], tuple(_peers(into)), tuple(_peers(out)))


def _peers(rules: Iterable[ec2.IpPermissionOutputTypeDef]) -> Iterator[str]:
    for rule in rules:
        protocol, ports = rule["IpProtocol"], (rule.get("FromPort", 0), rule.get("ToPort", 65535))
        if protocol == ALL or (protocol in TCP and is_in(HTTPS, [ports])):
            yield from (each["CidrIp"] for each in rule.get("IpRanges", []))
            yield from (each["CidrIpv6"] for each in rule.get("Ipv6Ranges", []))
            yield from (each["PrefixListId"] for each in rule.get("PrefixListIds", []))
            yield from (each["GroupId"] for each in rule.get("UserIdGroupPairs", []) if "GroupId" in each)


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
    """The network ACL of these subnets; its entries are in the order in which they count."""

    id: str
    subnet_ids: tuple[str, ...]
    entries: tuple[Entry, ...]


def _network_acl(item: ec2.NetworkAclTypeDef) -> NetworkAcl:
    subnet_ids = tuple(each["SubnetId"] for each in item["Associations"] if "SubnetId" in each)
    entries = sorted(map(_entry, item["Entries"]), key=lambda each: each.number)
    return NetworkAcl(item["NetworkAclId"], subnet_ids, tuple(entries))


def _entry(item: ec2.NetworkAclEntryTypeDef) -> Entry:
    protocol, given = item["Protocol"], item.get("PortRange")
    ports = (given["From"], given["To"]) if given and protocol != ALL else ALL_PORTS
    is_allowed, cidr = item["RuleAction"] == "allow", item.get("CidrBlock") or item["Ipv6CidrBlock"]
    return Entry(item["RuleNumber"], item["Egress"], is_allowed, ports if protocol in TCP else None, cidr)


KINDS: Mapping[type[object], tuple[str, str, Callable[[Any], Any]]] = {
    Subnet: ("describe_subnets", "Subnets", _subnet),
    Endpoint: ("describe_vpc_endpoints", "VpcEndpoints", _endpoint),
    RouteTable: ("describe_route_tables", "RouteTables", _route_table),
    NatGateway: ("describe_nat_gateways", "NatGateways", _nat_gateway),
    NetworkAcl: ("describe_network_acls", "NetworkAcls", _network_acl),
    SecurityGroup: ("describe_security_groups", "SecurityGroups", _security_group),
}
"""How each kind is read: the operation, the key of its answer's list, and what makes a record of an item."""
