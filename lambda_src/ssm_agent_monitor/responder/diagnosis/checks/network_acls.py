"""Check `network-acls`: whether port 443 and its answers pass the network ACLs of the subnets on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.vpc import Network
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
    HTTPS,
    NONE_OF,
    Span,
    family_of,
    how_much,
    is_in,
    points_of,
    span_of,
)
from ssm_agent_monitor.responder.diagnosis.network.records import Endpoint, Entry, NatGateway
from ssm_agent_monitor.responder.diagnosis.network.services import Peer, in_subnets, internet, over_services
from ssm_agent_monitor.responder.diagnosis.network.way_out import READS, way_out
from ssm_agent_monitor.responder.diagnosis.network.ways import Way, any_of, checked, through_vpc, worst_of
from ssm_agent_monitor.responder.reading import UnsureError

REQUEST, ANSWER = (HTTPS, HTTPS), (1024, 65535)


def _through_to(way: Way, endpoint: Endpoint) -> Finding:
    """To any of the endpoint's subnets: which one the name gives is not known."""
    if not endpoint.subnet_ids:
        return not_looked_at(f"{endpoint.name} is in no subnet")
    return any_of([checked(_between, way, each, endpoint.name) for each in endpoint.subnet_ids])


def _between(way: Way, there: str, name: str) -> Finding:
    here = way.subnet_id
    if there == here:
        return fine(f"{name} is in {there} itself, where no network ACL applies")
    peer = in_subnets(way, f"{there} ({name})", [there])
    findings = _there_and_back(way.network, here, peer, is_out=True)
    return _all_of(findings + _there_and_back(way.network, there, _machine(way), is_out=False))


def _through(way: Way, peer: Peer) -> Finding:
    nats = way_out(way).nats
    finding = _all_of(_there_and_back(way.network, way.subnet_id, peer, is_out=True))
    # Where routes lead several ways, which of them the agent's packets take is not known.
    finding = _all_of([finding, any_of([_at_nat(way, nat, finding) for nat in nats])])
    if peer.is_known or finding.verdict is not Verdict.FINE:
        return finding
    found = f"{finding.found}; network ACLs elsewhere on the way are not looked at"
    return not_looked_at(found, finding.looked_at)


def _at_nat(way: Way, nat: NatGateway | None, here: Finding) -> Finding:
    """At a NAT gateway's subnet, in and out to the internet; a regional one, or one here, adds nothing."""
    there = nat.subnet_id if nat else ""
    if not there or there == way.subnet_id:
        return here
    findings = _there_and_back(way.network, there, _machine(way), is_out=False)
    return _all_of(findings + _there_and_back(way.network, there, internet(way.family), is_out=True))


def _machine(way: Way) -> Peer:
    """The machine, as it is seen from other subnets."""
    return replace(in_subnets(way, way.subnet_id, [way.subnet_id]), spans=way.addresses)


def _all_of(findings: list[Finding]) -> Finding:
    looked_at = {name for each in findings for name in each.looked_at}
    return replace(worst_of(findings)[0], looked_at=tuple(sorted(looked_at)))


def _there_and_back(network: Network, subnet_id: str, peer: Peer, *, is_out: bool) -> list[Finding]:
    """Of the request over a subnet's border, and of the answer over it the other way."""
    return [
        checked(_over_border, network, subnet_id, peer, REQUEST, is_out),
        checked(_over_border, network, subnet_id, peer, ANSWER, not is_out),
    ]


def _over_border(network: Network, subnet_id: str, peer: Peer, ports: Span, is_out: bool) -> Finding:
    acl = network.acl_of(subnet_id)
    if not peer.spans:
        raise UnsureError(f"EC2 shows no addresses for {peer.where}")
    crossing = [each for each in acl.entries if each.is_out == is_out]
    entries = [each for each in crossing if family_of(each.cidr) == peer.family]
    lets = _how_much_passes(entries, peer.spans, ports)
    named, where = f"network ACL {acl.id} of {subnet_id}", f"{'out to' if is_out else 'in from'} {peer.where}"
    first, last = ports
    port = f"port {HTTPS}" if ports == REQUEST else f"answers (ports {first}-{last})"
    if lets == ALL_OF:
        return fine(f"{named} lets port {HTTPS} and its answers through", [acl.id])
    if lets != NONE_OF:
        return could_not_check(f"{named} lets {port} {where}, but not for every port and address", [acl.id])
    command = network.command(
        f"create-network-acl-entry --network-acl-id {acl.id} --rule-number {_free_number(entries)}"
        f" --{'egress' if is_out else 'ingress'} --protocol tcp --port-range From={first},To={last}"
        f" --{'ipv6-' if peer.family == 6 else ''}cidr-block {' '.join(peer.cidrs[:1])} --rule-action allow"
    )
    return broken(f"{named} lets no {port} {where}", [acl.id], "Allow it:", command)


def _how_much_passes(entries: list[Entry], spans: Sequence[Span], ports: Span) -> str:
    """By the first entry that matches, for each address and each port."""
    rules = [(span_of(each.cidr), each.ports, each.is_allowed) for each in entries if each.ports]
    return how_much(
        _passes(rules, address, port)
        for address in points_of(spans, [cidr for cidr, _, _ in rules])
        for port in points_of([ports], [on for _, on, _ in rules])
    )


def _passes(rules: list[tuple[Span, Span, bool]], address: int, port: int) -> bool:
    matching = (allowed for cidr, on, allowed in rules if is_in(address, [cidr]) and is_in(port, [on]))
    return next(matching, False)


def _free_number(entries: list[Entry]) -> int:
    """A rule's number before the first that denies."""
    used = [each.number for each in entries]
    denying = min((each.number for each in entries if not each.is_allowed), default=32767)
    return next((number for number in range(denying - 1, 0, -1) if number not in used), denying)


NETWORK_ACLS = Check(
    id="network-acls",
    title="network ACLs",
    cause="a network ACL in the way",
    reads=(*READS, "ec2:DescribeNetworkAcls"),
    broken_when=(
        "by the first entry that matches: port 443 out, answers (1024–65535) in, and the mirror image at the"
        " endpoint's and the NAT gateway's subnet; nothing inside one subnet"
    ),
    cannot_see="entries for a part of the ports: could not check",
    run=through_vpc(partial(over_services, look_out=_through, look_to=_through_to)),
)
