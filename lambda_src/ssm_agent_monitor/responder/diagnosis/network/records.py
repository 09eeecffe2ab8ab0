"""What there is in a VPC, as EC2's API shows it.

Texts are empty for what EC2 does not say. CIDRs are of both families of addresses.
"""

from __future__ import annotations

from dataclasses import dataclass

from ssm_agent_monitor.responder.diagnosis.network.addresses import Span
from ssm_agent_monitor.responder.reading import UnsureError

NAT64 = "64:ff9b::/96"
"""The addresses that stand for IPv4 ones."""


@dataclass(frozen=True, slots=True)
class Vpc:
    """The VPC itself."""

    id: str
    dhcp_options_id: str


@dataclass(frozen=True, slots=True)
class DhcpOptions:
    """What machines are told, here the DNS servers."""

    id: str
    dns_servers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet; `block_mode` is that of VPC Block Public Access."""

    id: str
    owner_id: str
    cidrs: tuple[str, ...]
    block_mode: str


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


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a security group: whether it is for port 443, and from whom or to whom."""

    is_for_https: bool
    cidrs: tuple[str, ...]
    prefix_list_ids: tuple[str, ...]
    group_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group: what it lets in, and what it lets out."""

    id: str
    into: tuple[Rule, ...]
    out: tuple[Rule, ...]


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


@dataclass(frozen=True, slots=True)
class PrefixListEntry:
    """One range of a prefix list."""

    cidr: str
