"""Check `security-groups`: whether port 443 is let out."""

from __future__ import annotations

from collections.abc import Sequence

from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.vpc import Network
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict, broken, could_not_check, fine
from ssm_agent_monitor.responder.diagnosis.network.addresses import ALL_OF, HTTPS, SOME_OF
from ssm_agent_monitor.responder.diagnosis.network.records import Endpoint
from ssm_agent_monitor.responder.diagnosis.network.services import (
    Peer,
    in_subnets,
    let_through,
    over_services,
)
from ssm_agent_monitor.responder.diagnosis.network.way_out import READS
from ssm_agent_monitor.responder.diagnosis.network.ways import Way, through_vpc
from ssm_agent_monitor.responder.reading import UnsureError


def _look(network: Network, ways: Sequence[Way]) -> list[Finding]:
    """Of a VPC that can't all be seen, only that nothing at all is let out is certain."""
    findings = over_services(network, ways, _let_out, _let_out_to)
    if ways[0].why_hidden and findings[0].verdict is not Verdict.BROKEN:
        raise UnsureError(ways[0].why_hidden)
    return findings


def _let_out_to(way: Way, endpoint: Endpoint) -> Finding:
    return _let_out(way, in_subnets(way, endpoint.name, endpoint.subnet_ids, endpoint.group_ids))


def _let_out(way: Way, peer: Peer) -> Finding:
    groups = way.group_ids
    lets = let_through(way.network, groups, peer, is_out=True)
    named = f"security group {' and '.join(groups)}"
    port = f"port {HTTPS} out to {peer.where} (IPv{way.family})"
    if lets == ALL_OF:
        return fine(f"{named} lets {port}", groups)
    if lets == SOME_OF:
        return could_not_check(f"{named} lets {port}, but not to every address", groups)
    ranges, key = ("IpRanges", "CidrIp") if way.family == 4 else ("Ipv6Ranges", "CidrIpv6")
    listed = ",".join("{" + f"{key}={cidr}" + "}" for cidr in peer.cidrs)
    permission = f"IpProtocol=tcp,FromPort={HTTPS},ToPort={HTTPS},{ranges}=[{listed}]"
    options = f"--group-id {groups[0]} --ip-permissions '{permission}'"
    command = way.network.command(f"authorize-security-group-egress {options}")
    return broken(f"{named} lets no {port}", groups, "Allow it:", command)


SECURITY_GROUPS = Check(
    id="security-groups",
    title="security groups",
    cause="a security group in the way",
    reads=(*READS, "ec2:DescribeSecurityGroups"),
    broken_when="no group of any interface lets port 443 out to where it must go",
    cannot_see="rules for a part of the addresses: could not check",
    run=through_vpc(_look, looks_at_hidden=True),
)
