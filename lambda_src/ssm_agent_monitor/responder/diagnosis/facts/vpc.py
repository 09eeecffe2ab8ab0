"""Reads a VPC."""

from __future__ import annotations

from functools import partial
from typing import Any

from ssm_agent_monitor.responder.diagnosis.network.network import Network
from ssm_agent_monitor.responder.diagnosis.place import Place
from ssm_agent_monitor.responder.reading import Reader, Unreadable

KINDS = {
    "Vpcs": "describe_vpcs",
    "Subnets": "describe_subnets",
    "VpcEndpoints": "describe_vpc_endpoints",
    "RouteTables": "describe_route_tables",
    "NatGateways": "describe_nat_gateways",
    "NetworkAcls": "describe_network_acls",
    "SecurityGroups": "describe_security_groups",
}


def network_of(reader: Reader, place: Place, vpc_id: str) -> Network:
    """A VPC, read once for all machines in it."""
    return dict(reader.once(("vpc", vpc_id), lambda: _read_network(reader, place, vpc_id)))


def read_kind(reader: Reader, kind: str, vpc_id: str) -> Any:
    """All things of a kind in a VPC, or an Unreadable."""
    return reader.once((kind, vpc_id), lambda: _all_in(reader, kind, KINDS[kind], "vpc-id", vpc_id))


def _read_network(reader: Reader, place: Place, vpc_id: str) -> Network:
    network: Network = {
        "AccountId": place.account_id,
        "Partition": place.partition,
        "Region": place.region,
        "VpcId": vpc_id,
    }
    for kind in KINDS:
        network[kind] = read_kind(reader, kind, vpc_id)
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        network[name] = reader.read(
            f"the attribute {name} of {vpc_id}", partial(_attribute, reader, vpc_id, name)
        )
    options = network["Vpcs"]
    if not isinstance(options, Unreadable):
        ids = [each.get("DhcpOptionsId", "") for each in options]
        options = _all_in(reader, "DhcpOptions", "describe_dhcp_options", "dhcp-options-id", *ids)
    return network | {"DhcpOptions": options, "PrefixList": partial(_cidrs_of_list, reader)}


def _all_in(reader: Reader, kind: str, operation: str, filtered: str, *ids: str) -> Any:
    filters = {"Filter" if kind == "NatGateways" else "Filters": [{"Name": filtered, "Values": list(ids)}]}
    return reader.all_pages(f"{kind} of {ids[0]}" if ids else kind, "ec2", operation, kind, **filters)


def _attribute(reader: Reader, vpc_id: str, name: str) -> bool:
    attribute = name[0].lower() + name[1:]
    answer = reader.client("ec2").describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)
    return bool(answer[name]["Value"])


def _cidrs_of_list(reader: Reader, name: str) -> Any:
    """The CIDRs of a prefix list, or an Unreadable."""

    def read() -> Any:
        operation = "get_managed_prefix_list_entries"
        entries = reader.all_pages(f"prefix list {name}", "ec2", operation, "Entries", PrefixListId=name)
        return entries if isinstance(entries, Unreadable) else [each["Cidr"] for each in entries]

    return reader.once(("prefix-list", name), read)
