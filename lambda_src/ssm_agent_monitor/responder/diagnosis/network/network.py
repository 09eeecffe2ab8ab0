"""A VPC, and where to find things in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ssm_agent_monitor.responder.diagnosis.network import records
from ssm_agent_monitor.responder.diagnosis.network.addresses import family_of
from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.reading import UnsureError


class _WithId(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T")
Thing = TypeVar("Thing", bound=_WithId)


@dataclass(frozen=True, slots=True)
class Network(ABC):
    """A VPC. What can't be read, or isn't shown, is raised as an UnsureError by what needs it."""

    place: Place
    vpc_id: str

    @abstractmethod
    def all_of(self, kind: type[T], owner: str = "") -> tuple[T, ...]:
        """All things of a kind that the VPC has, or the one to which they belong: its id is `owner`."""

    @abstractmethod
    def attribute(self, name: str) -> bool:
        """`EnableDnsSupport` or `EnableDnsHostnames`."""

    @abstractmethod
    def once(self, key: Hashable, find: Callable[[], T]) -> T:
        """What is found: looked for once, whatever asks for the key."""

    def one(self, kind: type[Thing], wanted: str, owner: str = "") -> Thing:
        """The one of a kind that has an id."""
        for each in self.all_of(kind, owner):
            if each.id == wanted:
                return each
        raise UnsureError(f"EC2 does not show {wanted}")

    def why_hidden(self, subnet_id: str) -> str:
        """Why endpoints, routes and ACLs can't all be seen by a machine's account; empty: they can."""
        try:
            owner = self.one(records.Subnet, subnet_id).owner_id
        except UnsureError as why:
            return str(why)
        if owner in ("", self.place.account_id):
            return ""
        what = "endpoints, routes and ACLs can't all be seen"
        return f"{self.vpc_id} is shared by account {owner}, whose {what}"

    def cidrs_of(self, subnet_ids: Iterable[str], family: int) -> list[str]:
        """The CIDRs of subnets."""
        subnets = [self.one(records.Subnet, each) for each in subnet_ids]
        return [cidr for subnet in subnets for cidr in subnet.cidrs if family_of(cidr) == family]

    def table_of(self, subnet_id: str) -> records.RouteTable:
        """The route table of a subnet: its own or else the VPC's main one."""
        tables = self.all_of(records.RouteTable)
        own = [each for each in tables if subnet_id in each.subnet_ids]
        for table in own or [each for each in tables if each.is_main]:
            return table
        raise UnsureError(f"EC2 does not show the route table of {subnet_id}")

    def acl_of(self, subnet_id: str) -> records.NetworkAcl:
        """The network ACL of a subnet."""
        for acl in self.all_of(records.NetworkAcl):
            if subnet_id in acl.subnet_ids:
                return acl
        raise UnsureError(f"EC2 does not show the network ACL of {subnet_id}")

    def rules_of(self, group_ids: Iterable[str], *, is_out: bool) -> Iterator[records.Rule]:
        """What security groups let out on port 443, or in."""
        for group in (self.one(records.SecurityGroup, each) for each in group_ids):
            yield from (rule for rule in (group.out if is_out else group.into) if rule.is_for_https)

    def cidrs_of_list(self, list_id: str) -> list[str]:
        """The CIDRs of a prefix list."""
        return [each.cidr for each in self.all_of(records.PrefixListEntry, list_id)]

    def endpoints_of(self, service: str) -> list[records.Endpoint]:
        """The interface endpoints of a service, in any state."""
        end = f".{self.place.region}.{service}"
        return [
            each
            for each in self.all_of(records.Endpoint)
            if each.kind == "Interface"
            and each.service_name.endswith(end)
            and each.state.lower() != "deleted"
        ]

    def endpoint_of(self, service: str) -> records.Endpoint | None:
        """The endpoint to which the service's public name leads."""
        found = [each for each in self.endpoints_of(service) if each.has_private_dns]
        if len(found) > 1:
            raise UnsureError(f"{self.vpc_id} has several endpoints for {service}, all with private DNS")
        return found[0] if found else None

    def is_to_gateway_endpoint(self, route: records.Route) -> bool:
        """Whether a route leads to a gateway endpoint, which S3 and DynamoDB alone have."""
        return route.target.startswith("vpce-") and any(
            each.id == route.target and each.kind == "Gateway" for each in self.all_of(records.Endpoint)
        )
