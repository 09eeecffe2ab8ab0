"""Read a VPC."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from calls import client
from network import Network
from reading import Unreadable, pages_of, read

KINDS = {
    "Vpcs": "describe_vpcs",
    "Subnets": "describe_subnets",
    "VpcEndpoints": "describe_vpc_endpoints",
    "RouteTables": "describe_route_tables",
    "NatGateways": "describe_nat_gateways",
    "NetworkAcls": "describe_network_acls",
    "SecurityGroups": "describe_security_groups",
}


@cache
def network_of(vpc_id: str, account_id: str, partition: str, region: str) -> Network:
    """A VPC, read once for all machines in it."""
    ec2 = client("ec2")
    network: Network = {"AccountId": account_id, "Partition": partition, "Region": region, "VpcId": vpc_id}
    for kind, operation in KINDS.items():
        network[kind] = _all_in(ec2, kind, operation, "vpc-id", vpc_id)
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        network[name] = read(f"the attribute {name} of {vpc_id}", partial(_attribute, ec2, vpc_id, name))
    options = network["Vpcs"]
    if not isinstance(options, Unreadable):
        ids = [each.get("DhcpOptionsId", "") for each in options]
        options = _all_in(ec2, "DhcpOptions", "describe_dhcp_options", "dhcp-options-id", *ids)
    return network | {"DhcpOptions": options, "PrefixList": cache(lambda name: _cidrs_of_list(ec2, name))}


def _all_in(ec2: Any, kind: str, operation: str, filtered: str, *ids: str) -> Any:
    filters = {"Filter" if kind == "NatGateways" else "Filters": [{"Name": filtered, "Values": list(ids)}]}
    pages = read(f"{kind} of {ids[0]}" if ids else kind, lambda: pages_of(ec2, operation, **filters))
    return pages if isinstance(pages, Unreadable) else [each for page in pages for each in page[kind]]


def _attribute(ec2: Any, vpc_id: str, name: str) -> bool:
    attribute = name[0].lower() + name[1:]
    answer = ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)
    return bool(answer[name]["Value"])


def _cidrs_of_list(ec2: Any, name: str) -> Any:
    operation = "get_managed_prefix_list_entries"
    pages = read(f"prefix list {name}", lambda: pages_of(ec2, operation, PrefixListId=name))
    return (
        pages
        if isinstance(pages, Unreadable)
        else [each["Cidr"] for page in pages for each in page["Entries"]]
    )
