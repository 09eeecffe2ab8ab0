"""A VPC as EC2's API shows it, and where to find things in it."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.diagnosis.network.addresses import Span, family_of, span_of
from ssm_agent_monitor.responder.reading import Unreadable

Network = dict[str, Any]
"""`AccountId`, `Partition`, `Region`, `VpcId`; then, as boto3 has them, or an Unreadable in their place: the
lists `Vpcs`, `DhcpOptions`, `Subnets`, `VpcEndpoints`, `RouteTables`, `NatGateways`, `NetworkAcls` and
`SecurityGroups`, the booleans `EnableDnsSupport` and `EnableDnsHostnames`, and what the function `PrefixList`
gives for the id of a prefix list (its CIDRs)."""


class UnsureError(Exception):
    """Why something can't be said of the network."""

    __slots__ = ()


def known(answer: Any) -> Any:
    """An answer that could be read; raises UnsureError for any other."""
    if isinstance(answer, Unreadable):
        raise UnsureError(answer)
    return answer


def with_id(network: Network, kind: str, key: str, wanted: str) -> Any:
    """The one of a kind that has an id; raises UnsureError if it isn't there."""
    for each in known(network[kind]):
        if each.get(key) == wanted:
            return each
    raise UnsureError(f"EC2 does not show {wanted}")


def subnet_with(network: Network, subnet_id: str) -> Any:
    """A subnet."""
    return with_id(network, "Subnets", "SubnetId", subnet_id)


def table_of(network: Network, subnet_id: str) -> Any:
    """The route table of a subnet: its own or else the VPC's main one."""
    tables = [(table, each) for table in known(network["RouteTables"]) for each in table["Associations"]]
    for key, wanted in (("SubnetId", subnet_id), ("Main", True)):
        for table, association in tables:
            if association.get(key) == wanted:
                return table
    raise UnsureError(f"EC2 does not show the route table of {subnet_id}")


def acl_of(network: Network, subnet_id: str) -> Any:
    """The network ACL of a subnet."""
    for acl in known(network["NetworkAcls"]):
        if any(each.get("SubnetId") == subnet_id for each in acl["Associations"]):
            return acl
    raise UnsureError(f"EC2 does not show the network ACL of {subnet_id}")


def cidrs_of(network: Network, subnet_ids: list[str], family: int) -> list[str]:
    """The CIDRs of subnets."""
    cidrs = []
    for subnet in (subnet_with(network, each) for each in subnet_ids):
        cidrs += [subnet["CidrBlock"]] if subnet.get("CidrBlock") else []
        cidrs += [each["Ipv6CidrBlock"] for each in subnet.get("Ipv6CidrBlockAssociationSet", [])]
    return [cidr for cidr in cidrs if family_of(cidr) == family]


def spans_of(cidrs: list[str], family: int) -> list[Span]:
    """The ranges of those of a family."""
    return [span_of(cidr) for cidr in cidrs if family_of(cidr) == family]
