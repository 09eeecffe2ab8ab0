"""Check `network-acls`: whether port 443 and its answers pass the network ACLs of the subnets on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ssm_agent_monitor.responder.diagnosis.check import AfterReboot, Check
from ssm_agent_monitor.responder.diagnosis.finding import (
    Finding,
    Verdict,
    broken,
    could_not_check,
    fine,
    not_looked_at,
)
from ssm_agent_monitor.responder.diagnosis.network.addresses import (
    ALL_OF,
    EVERYTHING,
    HTTPS,
    INTERNET,
    NONE_OF,
    Span,
    family_of,
    how_much,
    is_in,
    points_of,
    span_of,
    spans_of,
)
from ssm_agent_monitor.responder.diagnosis.network.network import Network
from ssm_agent_monitor.responder.diagnosis.network.paths import Way, any_of, unless_unsure, worst_of
from ssm_agent_monitor.responder.diagnosis.network.services import Peer, over_services
from ssm_agent_monitor.responder.diagnosis.network.things import Endpoint, Entry
from ssm_agent_monitor.responder.diagnosis.network.through_vpc import through_vpc
from ssm_agent_monitor.responder.diagnosis.network.way_out import way_out
from ssm_agent_monitor.responder.reading import UnsureError

REQUEST, ANSWER = (HTTPS, HTTPS), (1024, 65535)


@dataclass(frozen=True, slots=True)
class _Crossing:
    """A packet at a subnet's border, to a port of `ports`."""

    subnet_id: str
    family: int
    is_out: bool
    ports: Span
    peer: Peer


def _look(network: Network, ways: Sequence[Way]) -> list[Finding]:
    return over_services(network, ways, _way_out, _way_to)


def _way_to(network: Network, way: Way, endpoint: Endpoint) -> Finding:
    """To any of the endpoint's subnets: which one the name gives is not known."""
    if not endpoint.subnet_ids:
        return not_looked_at(f"{endpoint.name} is in no subnet")
    subnet_ids = endpoint.subnet_ids
    return any_of([unless_unsure(_between_subnets, network, way, each, endpoint.name) for each in subnet_ids])


def _between_subnets(network: Network, way: Way, there: str, name: str) -> Finding:
    if there == way.subnet_id:
        return fine(f"{name} is in {there} itself, where no network ACL applies")
    cidrs = network.cidrs_of([there], way.family)
    peer = Peer(f"{there} ({name})", cidrs, spans_of(cidrs, way.family))
    crossings = _there_and_back(way.subnet_id, way.family, True, peer)
    return _over_borders(network, crossings + _there_and_back(there, way.family, False, _here(network, way)))


def _way_out(network: Network, way: Way, peer: Peer) -> Finding:
    out = way_out(network, way)
    crossings = _there_and_back(way.subnet_id, way.family, True, peer)
    for there in (nat.subnet_id for nat in out.nats):
        if there and there != way.subnet_id:
            internet = Peer("the internet", [EVERYTHING[way.family]], INTERNET[way.family])
            crossings += _there_and_back(there, way.family, False, _here(network, way))
            crossings += _there_and_back(there, way.family, True, internet)
    result = _over_borders(network, crossings)
    if peer.is_known or result.verdict is not Verdict.FINE:
        return result
    found = f"{result.found}; network ACLs elsewhere on the way are not looked at"
    return not_looked_at(found, result.looked_at)


def _here(network: Network, way: Way) -> Peer:
    return Peer(way.subnet_id, network.cidrs_of([way.subnet_id], way.family), way.addresses)


def _there_and_back(subnet_id: str, family: int, is_out: bool, peer: Peer) -> list[_Crossing]:
    """The request over a subnet's border, and the answer over it the other way."""
    request = _Crossing(subnet_id, family, is_out, REQUEST, peer)
    return [request, replace(request, is_out=not is_out, ports=ANSWER)]


def _over_borders(network: Network, crossings: list[_Crossing]) -> Finding:
    findings = [unless_unsure(_at_border, network, each) for each in crossings]
    looked_at = {name for each in findings for name in each.looked_at}
    return replace(worst_of(findings)[0], looked_at=tuple(sorted(looked_at)))


def _at_border(network: Network, crossing: _Crossing) -> Finding:
    acl, peer = network.acl_of(crossing.subnet_id), crossing.peer
    if not peer.spans:
        raise UnsureError(f"EC2 shows no addresses for {peer.where}")
    entries = [
        each
        for each in sorted(acl.entries, key=lambda each: each.number)
        if each.is_out == crossing.is_out and family_of(each.cidr) == crossing.family
    ]
    lets = _how_much_passes(entries, peer.spans, crossing.ports)
    named, way = f"network ACL {acl.id} of {crossing.subnet_id}", "out to" if crossing.is_out else "in from"
    first, last = crossing.ports
    port = f"port {HTTPS}" if crossing.ports == REQUEST else f"answers (ports {first}-{last})"
    if lets == ALL_OF:
        return fine(f"{named} lets port {HTTPS} and its answers through", [acl.id])
    if lets != NONE_OF:
        found = f"{named} lets {port} {way} {peer.where}, but not for every port and address"
        return could_not_check(found, [acl.id])
    command = network.place.command(
        f"ec2 create-network-acl-entry --network-acl-id {acl.id} --rule-number {_free_number(entries)}"
        f" --{'egress' if crossing.is_out else 'ingress'} --protocol tcp --port-range From={first},To={last}"
        f" --{'ipv6-' if crossing.family == 6 else ''}cidr-block {peer.cidrs[0]} --rule-action allow"
    )
    return broken(f"{named} lets no {port} {way} {peer.where}", [acl.id], "Allow it:", command)


def _how_much_passes(entries: list[Entry], spans: Sequence[Span], ports: Span) -> str:
    """By the first entry that matches, for each address and each port."""
    rules = [(span_of(each.cidr), each.ports, each.is_allowed) for each in entries if each.is_tcp]
    return how_much(
        next((allowed for cidr, on, allowed in rules if is_in(address, [cidr]) and is_in(port, [on])), False)
        for address in points_of(spans, [cidr for cidr, _, _ in rules])
        for port in points_of([ports], [on for _, on, _ in rules])
    )


def _free_number(entries: list[Entry]) -> int:
    """A rule's number before the first that denies."""
    used = [each.number for each in entries]
    denying = min((each.number for each in entries if not each.is_allowed), default=32767)
    return next((number for number in range(denying - 1, 0, -1) if number not in used), denying)


NETWORK_ACLS = Check(
    id="network-acls",
    title="network ACLs",
    cause="a network ACL in the way",
    reads=(
        "ec2:DescribeNatGateways",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcEndpoints",
        "ec2:GetManagedPrefixListEntries",
    ),
    broken_when=(
        "by the first entry that matches: port 443 out, answers (1024–65535) in, and the mirror image at the"
        " endpoint's and the NAT gateway's subnet; nothing inside one subnet"
    ),
    cannot_see="entries for a part of the ports: could not check",
    after_reboot=AfterReboot.STAYS,
    run=through_vpc(_look),
)
