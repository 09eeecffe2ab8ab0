"""The checks of the way from the machines to Systems Manager, as far as the VPC shows it."""

from __future__ import annotations

from collections.abc import Callable

from ssm_agent_monitor.responder.diagnosis.checks.acls import check_network_acls
from ssm_agent_monitor.responder.diagnosis.checks.dns import check_dns
from ssm_agent_monitor.responder.diagnosis.checks.endpoints import check_endpoints
from ssm_agent_monitor.responder.diagnosis.checks.routes import route_of
from ssm_agent_monitor.responder.diagnosis.checks.security_groups import check_security_groups
from ssm_agent_monitor.responder.diagnosis.facts.vpc import network_of
from ssm_agent_monitor.responder.diagnosis.finding import (
    BROKEN,
    COULD_NOT_CHECK,
    NOT_LOOKED_AT,
    Finding,
    finding,
)
from ssm_agent_monitor.responder.diagnosis.network.network import Network, UnsureError, subnet_with
from ssm_agent_monitor.responder.diagnosis.network.paths import (
    SERVICES,
    Way,
    endpoint_of,
    over_ways,
    told,
    ways_of,
)
from ssm_agent_monitor.responder.diagnosis.place import Place
from ssm_agent_monitor.responder.diagnosis.subjects import Subject
from ssm_agent_monitor.responder.diagnosis.task import Task
from ssm_agent_monitor.responder.reading import Reader, Unreadable

NETWORK_CHECKS = ["dns", "endpoints", "route", "security-groups", "network-acls"]


def network_tasks(reader: Reader, place: Place, subject: Subject, _ids: list[str]) -> list[Task]:
    """One task for all, since they look at the same VPC."""

    def read() -> list[Finding]:
        return network_findings(subject, lambda vpc_id: network_of(reader, place, vpc_id))

    return [Task(NETWORK_CHECKS, read, list)]


def network_findings(subject: Subject, network_of_vpc: Callable[[str], Network]) -> list[Finding]:
    """The findings for a machine, from a function that gives the network of a VPC's id."""
    instance = subject["Instance"]
    if isinstance(instance, Unreadable):
        return _all_network_checks(COULD_NOT_CHECK, instance)
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
