"""Check `dns`: whether the VPC's own DNS works, on which the private names of endpoints depend."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.finding import BROKEN, FINE, NOT_LOOKED_AT, Finding, finding
from ssm_agent_monitor.responder.diagnosis.network.network import Network, UnsureError, known, with_id
from ssm_agent_monitor.responder.diagnosis.network.paths import SERVICES, endpoint_of

AMAZON_DNS = {"AmazonProvidedDNS", "169.254.169.253", "fd00:ec2::253"}


def check_dns(network: Network) -> Finding:
    """The finding for the VPC."""
    vpc_id = network["VpcId"]
    options = with_id(network, "Vpcs", "VpcId", vpc_id).get("DhcpOptionsId", "")
    servers = _dns_servers(network, options)
    if set(servers) - AMAZON_DNS:
        found = f"{vpc_id} has DNS servers of its own ({options}: {', '.join(servers)})"
        return finding("dns", NOT_LOOKED_AT, found, [vpc_id, options])
    if not known(network["EnableDnsSupport"]):
        return _switched_off(network, "DNS support", "names are not resolved", "enable-dns-support")
    needed = [endpoint for endpoint in (endpoint_of(network, each) for each in SERVICES) if endpoint]
    if needed and not known(network["EnableDnsHostnames"]):
        why = f"the private DNS of {needed[0]['VpcEndpointId']} needs them"
        return _switched_off(network, "DNS hostnames", why, "enable-dns-hostnames")
    return finding("dns", FINE, f"DNS of {vpc_id} is on", [vpc_id, options])


def _dns_servers(network: Network, options_id: str) -> list[str]:
    options = with_id(network, "DhcpOptions", "DhcpOptionsId", options_id)
    servers = [
        value["Value"]
        for each in options.get("DhcpConfigurations", [])
        if each.get("Key") == "domain-name-servers"
        for value in each.get("Values", [])
    ]
    if not servers:
        raise UnsureError(f"the DHCP options {options_id} of {network['VpcId']} name no DNS server")
    return servers


def _switched_off(network: Network, what: str, why: str, option: str) -> Finding:
    vpc_id = network["VpcId"]
    command = (
        f"aws ec2 modify-vpc-attribute --vpc-id {vpc_id} --{option} Value=true --region {network['Region']}"
    )
    found = (
        f"{what} of {vpc_id} are off: {why}" if what.endswith("s") else f"{what} of {vpc_id} is off: {why}"
    )
    return finding("dns", BROKEN, found, [vpc_id], "Switch it on:", command)
