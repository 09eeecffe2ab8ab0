"""Check `dns`: whether the VPC's own DNS works, on which the private names of endpoints depend."""

from __future__ import annotations

from collections.abc import Sequence

from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.vpc import Network
from ssm_agent_monitor.responder.diagnosis.finding import Finding, broken, fine, not_looked_at
from ssm_agent_monitor.responder.diagnosis.network.services import SERVICES
from ssm_agent_monitor.responder.diagnosis.network.ways import Way, through_vpc
from ssm_agent_monitor.responder.reading import UnsureError

AMAZON_DNS = {"AmazonProvidedDNS", "169.254.169.253", "fd00:ec2::253"}


def _look(network: Network, _ways: Sequence[Way]) -> list[Finding]:
    vpc_id = network.vpc_id
    options_id, servers = network.dns_servers()
    if not servers:
        raise UnsureError(f"the DHCP options {options_id} of {vpc_id} name no DNS server")
    if set(servers) - AMAZON_DNS:
        found = f"{vpc_id} has DNS servers of its own ({options_id}: {', '.join(servers)})"
        return [not_looked_at(found, [vpc_id, options_id])]
    if not network.attribute("EnableDnsSupport"):
        found = f"DNS support of {vpc_id} is off: names are not resolved"
        return [_switched_off(network, found, "enable-dns-support")]
    needed = [each.id for each in map(network.endpoint_of, SERVICES) if each]
    if needed and not network.attribute("EnableDnsHostnames"):
        found = f"DNS hostnames of {vpc_id} are off: the private DNS of {needed[0]} needs them"
        return [_switched_off(network, found, "enable-dns-hostnames")]
    return [fine(f"DNS of {vpc_id} is on", [vpc_id, options_id])]


def _switched_off(network: Network, found: str, option: str) -> Finding:
    command = network.command(f"modify-vpc-attribute --vpc-id {network.vpc_id} --{option} Value=true")
    return broken(found, [network.vpc_id], "Switch it on:", command)


DNS = Check(
    id="dns",
    title="DNS of the VPC",
    cause="no DNS in the VPC",
    reads=(
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcEndpoints",
        "ec2:DescribeVpcs",
    ),
    broken_when="DNS support is off; DNS hostnames are off where an endpoint is the way",
    cannot_see="DNS servers of your own, resolver rules, hosts files",
    run=through_vpc(_look),
)
