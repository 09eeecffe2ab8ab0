"""Reads a VPC: each kind of things when a check first asks for it, once for all machines and checks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.network import records
from ssm_agent_monitor.responder.diagnosis.network.addresses import ALL_PORTS, HTTPS, is_in
from ssm_agent_monitor.responder.diagnosis.network.network import Network
from ssm_agent_monitor.responder.reading import Reader

if TYPE_CHECKING:
    from mypy_boto3_ec2 import type_defs as ec2

T = TypeVar("T")


def network_of(facts: Facts, vpc_id: str) -> Network:
    """A VPC, of which nothing is read yet."""
    return _ReadNetwork(facts.place, vpc_id, facts.reader)


@dataclass(frozen=True, slots=True)
class _ReadNetwork(Network):
    reader: Reader

    def all_of(self, kind: type[T], owner: str = "") -> tuple[T, ...]:
        of = owner or self.vpc_id

        def call() -> tuple[T, ...]:
            operation, key, parse = KINDS[kind]
            what = f"prefix list {of}" if kind is records.PrefixListEntry else f"{key} of {of}"
            found = self.reader.all_pages(what, "ec2", operation, key, **_parameters(kind, of))
            return self.reader.read(what, lambda: tuple(map(parse, found)))

        return self.once((kind, of), call)

    def attribute(self, name: str) -> bool:
        def call() -> bool:
            attribute = name[0].lower() + name[1:]
            answer = self.reader.client("ec2").describe_vpc_attribute(VpcId=self.vpc_id, Attribute=attribute)
            return bool(answer[name]["Value"])

        what = f"the attribute {name} of {self.vpc_id}"
        return self.once((name, self.vpc_id), lambda: self.reader.read(what, call))

    def once(self, key: Hashable, find: Callable[[], T]) -> T:
        return self.reader.once(key, find)


def _parameters(kind: type[object], of: str) -> dict[str, object]:
    if kind is records.PrefixListEntry:
        return {"PrefixListId": of}
    filtered = "dhcp-options-id" if kind is records.DhcpOptions else "vpc-id"
    return {"Filter" if kind is records.NatGateway else "Filters": [{"Name": filtered, "Values": [of]}]}


def _vpc(item: ec2.VpcTypeDef) -> records.Vpc:
    return records.Vpc(item["VpcId"], item.get("DhcpOptionsId", ""))


def _dhcp_options(item: ec2.DhcpOptionsTypeDef) -> records.DhcpOptions:
    given = [each for each in item.get("DhcpConfigurations", []) if each.get("Key") == "domain-name-servers"]
    servers = tuple(value["Value"] for each in given for value in each.get("Values", []))
    return records.DhcpOptions(item["DhcpOptionsId"], servers)


def _subnet(item: ec2.SubnetTypeDef) -> records.Subnet:
    ipv6 = (each["Ipv6CidrBlock"] for each in item.get("Ipv6CidrBlockAssociationSet", []))
    return records.Subnet(
        id=item["SubnetId"],
        owner_id=item.get("OwnerId", ""),
        cidrs=tuple(filter(None, (item.get("CidrBlock"), *ipv6))),
        block_mode=item.get("BlockPublicAccessStates", {}).get("InternetGatewayBlockMode", "off"),
    )


def _route_table(item: ec2.RouteTableTypeDef) -> records.RouteTable:
    used = item["Associations"]
    return records.RouteTable(
        id=item["RouteTableId"],
        is_main=any(each.get("Main") for each in used),
        subnet_ids=tuple(each["SubnetId"] for each in used if "SubnetId" in each),
        routes=tuple(map(_route, item["Routes"])),
    )


def _route(item: ec2.RouteTypeDef) -> records.Route:
    cidr = item.get("DestinationCidrBlock") or item.get("DestinationIpv6CidrBlock")
    return records.Route(
        destination=cidr or item["DestinationPrefixListId"],
        target=_target(item),
        state=item.get("State", ""),
        is_propagated=item.get("Origin") == "EnableVgwRoutePropagation",
    )


def _target(item: Mapping[str, object]) -> str:
    """The id of a route's target; every key that is no destination and no state may hold one."""
    others = ("Destination", "State", "Origin", "InstanceOwnerId")
    return str(next((item[key] for key in sorted(item) if not key.startswith(others) and item[key]), ""))


def _nat_gateway(item: ec2.NatGatewayTypeDef) -> records.NatGateway:
    is_public = item.get("ConnectivityType", "public") == "public"
    return records.NatGateway(
        id=item["NatGatewayId"],
        state=item["State"],
        failure=item.get("FailureMessage", ""),
        subnet_id=item.get("SubnetId", ""),
        route_table_id=item.get("RouteTableId", ""),
        is_public=is_public and not item.get("AttachedAppliances"),
        has_public_address=any(each.get("PublicIp") for each in item.get("NatGatewayAddresses", [])),
    )


def _endpoint(item: ec2.VpcEndpointTypeDef) -> records.Endpoint:
    return records.Endpoint(
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


def _security_group(item: ec2.SecurityGroupTypeDef) -> records.SecurityGroup:
    into, out = (tuple(map(_rule, item[key])) for key in ("IpPermissions", "IpPermissionsEgress"))
    return records.SecurityGroup(item["GroupId"], into, out)


def _rule(item: ec2.IpPermissionOutputTypeDef) -> records.Rule:
    protocol, ports = item["IpProtocol"], (item.get("FromPort", 0), item.get("ToPort", 65535))
    cidrs = [each["CidrIp"] for each in item.get("IpRanges", [])]
    return records.Rule(
        is_for_https=protocol == ALL or (protocol in TCP and is_in(HTTPS, [ports])),
        cidrs=(*cidrs, *(each["CidrIpv6"] for each in item.get("Ipv6Ranges", []))),
        prefix_list_ids=tuple(each["PrefixListId"] for each in item.get("PrefixListIds", [])),
        group_ids=tuple(each["GroupId"] for each in item.get("UserIdGroupPairs", []) if "GroupId" in each),
    )


def _network_acl(item: ec2.NetworkAclTypeDef) -> records.NetworkAcl:
    return records.NetworkAcl(
        id=item["NetworkAclId"],
        subnet_ids=tuple(each["SubnetId"] for each in item["Associations"] if "SubnetId" in each),
        entries=tuple(map(_entry, item["Entries"])),
    )


def _entry(item: ec2.NetworkAclEntryTypeDef) -> records.Entry:
    protocol, given = item["Protocol"], item.get("PortRange")
    ports = (given["From"], given["To"]) if given and protocol != ALL else ALL_PORTS
    return records.Entry(
        number=item["RuleNumber"],
        is_out=item["Egress"],
        is_allowed=item["RuleAction"] == "allow",
        ports=ports if protocol == ALL or protocol in TCP else None,
        cidr=item.get("CidrBlock") or item["Ipv6CidrBlock"],
    )


ALL = "-1"
TCP = ("6", "tcp")

KINDS: Mapping[type[object], tuple[str, str, Callable[[Any], Any]]] = {
    records.Vpc: ("describe_vpcs", "Vpcs", _vpc),
    records.DhcpOptions: ("describe_dhcp_options", "DhcpOptions", _dhcp_options),
    records.Subnet: ("describe_subnets", "Subnets", _subnet),
    records.Endpoint: ("describe_vpc_endpoints", "VpcEndpoints", _endpoint),
    records.RouteTable: ("describe_route_tables", "RouteTables", _route_table),
    records.NatGateway: ("describe_nat_gateways", "NatGateways", _nat_gateway),
    records.NetworkAcl: ("describe_network_acls", "NetworkAcls", _network_acl),
    records.SecurityGroup: ("describe_security_groups", "SecurityGroups", _security_group),
    records.PrefixListEntry: (
        "get_managed_prefix_list_entries",
        "Entries",
        lambda item: records.PrefixListEntry(item["Cidr"]),
    ),
}
"""How each kind is read: the operation, the key of its answer's list, and what makes a record of an item."""
