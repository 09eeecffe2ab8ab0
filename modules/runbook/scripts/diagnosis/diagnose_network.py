"""Step Network: the way from the machines to Systems Manager, as far as the VPC shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acls import check_network_acls
from dns import check_dns
from endpoints import check_endpoints
from finding import BROKEN, COULD_NOT_CHECK, NOT_LOOKED_AT, Finding, finding
from network import Network, UnsureError, subnet_with
from outputs import findings_of_each
from paths import SERVICES, Way, endpoint_of, over_ways, told, ways_of
from read_network import network_of
from routes import route_of
from security_groups import check_security_groups
from subjects import Subject

NETWORK_CHECKS = ["dns", "endpoints", "route", "security-groups", "network-acls"]


def handler(events: dict[str, Any], context: Any) -> dict[str, list[str]]:
    """The output `Findings`."""

    def check(subject: Subject) -> list[Finding]:
        where = (events["AccountId"], events["Partition"], events["Region"])
        return network_findings(subject, lambda vpc_id: network_of(vpc_id, *where))

    return findings_of_each(events["Machines"], NETWORK_CHECKS, check)


def network_findings(subject: Subject, network_of_vpc: Callable[[str], Network]) -> list[Finding]:
    """The findings for a machine, from a function that gives the network of a VPC's id."""
    instance = subject["Instance"]
    if not instance:
        return _all_network_checks(NOT_LOOKED_AT, "the network of hybrid nodes is not visible to AWS")
    if instance.get("Operator", {}).get("Managed"):
        return _all_network_checks(NOT_LOOKED_AT, "a service manages the machine")
    ways = ways_of(instance)
    vpc_ids = {way["VpcId"] for way in ways}
    if len(vpc_ids) != 1:
        found = (
            f"its interfaces are in several VPCs: {', '.join(sorted(vpc_ids))}"
            if vpc_ids
            else "it has no address"
        )
        return _all_network_checks(COULD_NOT_CHECK, found)
    network = network_of_vpc(vpc_ids.pop())
    why = _why_hidden(network, ways)
    for way in ways:
        _add_route(network, way, subject["Machine"]["AgentVersion"], why)
    groups = check_security_groups(network, ways)
    if why:  # only that nothing at all is let out is certain then
        broken = [each for each in groups if each["Verdict"] == BROKEN]
        hidden = _all_network_checks(COULD_NOT_CHECK, why)
        return [each for each in hidden if not broken or each["Check"] != "security-groups"] + broken
    return [
        told("dns", check_dns, network),
        *check_endpoints(network, ways),
        told("route", _route_of_all, network, ways),
        *groups,
        *check_network_acls(network, ways),
    ]


def _add_route(network: Network, way: Way, agent_version: str, why_hidden: str) -> None:
    try:
        if why_hidden:
            raise UnsureError(why_hidden)
        way["Route"], way["Nats"] = route_of(network, way, agent_version)
    except UnsureError as why:
        way["Route"], way["Nats"] = finding("route", COULD_NOT_CHECK, str(why)), []


def _why_hidden(network: Network, ways: list[Way]) -> str:
    """Why endpoints, routes and ACLs can't all be seen from here."""
    try:
        owner = subnet_with(network, ways[0]["SubnetId"]).get("OwnerId")
    except UnsureError as why:
        return str(why)
    if owner in (None, network["AccountId"]):
        return ""
    return (
        f"{network['VpcId']} is shared by account {owner}, whose endpoints, routes and ACLs can't all be seen"
    )


def _route_of_all(network: Network, ways: list[Way]) -> Finding:
    if all(endpoint_of(network, each) for each in SERVICES):
        found = f"{network['VpcId']} has endpoints for {' and '.join(SERVICES)}: no other route is needed"
        return finding("route", NOT_LOOKED_AT, found)
    return over_ways("route", ways, lambda way: way["Route"])


def _all_network_checks(verdict: str, found: str) -> list[Finding]:
    return [finding(check, verdict, found) for check in NETWORK_CHECKS]
