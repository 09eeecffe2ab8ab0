"""The services of Systems Manager, and the other sides of the ways to them: endpoints, or the internet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ssm_agent_monitor.responder.diagnosis.facts.vpc import Network
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict, not_looked_at
from ssm_agent_monitor.responder.diagnosis.network import addresses
from ssm_agent_monitor.responder.diagnosis.network.records import Endpoint, SecurityGroup, Subnet
from ssm_agent_monitor.responder.diagnosis.network.way_out import way_out
from ssm_agent_monitor.responder.diagnosis.network.ways import Way, checked, over_ways, worst_of
from ssm_agent_monitor.responder.reading import UnreadableError, UnsureError

SERVICES = ("ssm", "ssmmessages")


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side: in words, its addresses of one family as CIDRs and as ranges, and its security groups.

    `is_known`: whether it surely is the other side.
    """

    family: int
    where: str
    cidrs: Sequence[str]
    spans: Sequence[addresses.Span]
    group_ids: Sequence[str] = ()
    is_known: bool = True


def internet(family: int) -> Peer:
    """Every address on the internet."""
    return Peer(family, "the internet", [addresses.EVERYTHING[family]], addresses.INTERNET[family])


def in_subnets(way: Way, where: str, subnet_ids: Sequence[str], group_ids: Sequence[str] = ()) -> Peer:
    """Every address in some subnets, of the way's family."""
    subnets = [way.network.one(Subnet, each) for each in subnet_ids]
    every = [cidr for subnet in subnets for cidr in subnet.cidrs]
    cidrs = [cidr for cidr in every if addresses.family_of(cidr) == way.family]
    return Peer(way.family, where, cidrs, addresses.spans_of(cidrs, way.family), group_ids)


def let_through(network: Network, group_ids: Sequence[str], peer: Peer, *, is_out: bool) -> str:
    """How much of a peer is let out to on port 443 by security groups, or let in from.

    Raises UnsureError if what can't be read counts.
    """
    if not group_ids or not peer.spans:
        raise UnsureError("EC2 shows no security group, or no address for it")
    let: list[str] = []
    for group in (network.one(SecurityGroup, each) for each in group_ids):
        let += group.out if is_out else group.into
        if not set(let).isdisjoint(peer.group_ids):
            return addresses.ALL_OF
    cidrs = [each for each in let if not each.startswith(("pl-", "sg-"))]
    unread = None
    for each in let:
        try:
            cidrs += network.cidrs_of_list(each) if each.startswith("pl-") else ()
        except UnreadableError as why:
            unread = why
    allowed = addresses.spans_of(cidrs, peer.family)
    points = addresses.points_of(peer.spans, allowed)
    lets = addresses.how_much(addresses.is_in(point, allowed) for point in points)
    if unread and lets != addresses.ALL_OF:
        raise unread
    return lets


def over_services(
    network: Network,
    ways: Sequence[Way],
    look_out: Callable[[Way, Peer], Finding],
    look_to: Callable[[Way, Endpoint], Finding],
) -> list[Finding]:
    """What a check says of the ways to both services: the internet by `look_out`, endpoints by `look_to`."""

    def look(service: str) -> Finding:
        endpoint = network.endpoint_of(service)
        if endpoint is None:
            outs = [way for way in ways if way_out(way).finding.verdict is not Verdict.BROKEN]
            return over_ways(outs or ways, lambda way: look_out(way, _outside(way, service)))
        fitting = [way for way in ways if way.family in endpoint.families]
        if not fitting:
            return not_looked_at(f"no address of the machine fits {endpoint.name}")
        return over_ways(fitting, lambda way: look_to(way, endpoint))

    return worst_of(checked(look, service) for service in SERVICES)


def _outside(way: Way, service: str) -> Peer:
    """The internet, unless the way may lead elsewhere, as to an endpoint without private DNS."""
    if way_out(way).is_certain and not way.network.endpoints_of(service):
        return internet(way.family)
    cidr = addresses.EVERYTHING[way.family]
    return Peer(way.family, "any address", [cidr], [addresses.span_of(cidr)], is_known=False)
