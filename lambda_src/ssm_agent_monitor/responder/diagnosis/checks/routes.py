"""Check `route`: the way to the internet, where Systems Manager's public addresses are."""

from __future__ import annotations

import re
from typing import Any

from ssm_agent_monitor.responder.diagnosis.finding import (
    BROKEN,
    COULD_NOT_CHECK,
    FINE,
    NOT_LOOKED_AT,
    Finding,
    finding,
)
from ssm_agent_monitor.responder.diagnosis.network.addresses import (
    EVERYTHING,
    INTERNET,
    Span,
    family_of,
    is_in,
    points_of,
    span_of,
)
from ssm_agent_monitor.responder.diagnosis.network.network import (
    Network,
    UnsureError,
    known,
    subnet_with,
    table_of,
    with_id,
)
from ssm_agent_monitor.responder.diagnosis.network.paths import Way, any_of

Route = dict[str, Any]

NAT64 = "64:ff9b::/96"
FIRST_WITH_IPV6 = (3, 3, 3270)
"""Version of SSM Agent that brought the setting UseDualStackEndpoint."""


def route_of(network: Network, way: Way, agent_version: str) -> tuple[Finding, list[Any]]:
    """The finding of a way to the internet, and the NAT gateways on it.

    Raises UnsureError if it can't be read.
    """
    result, nats = _way_out(network, way, table_of(network, way["SubnetId"]))
    if way["Family"] == 6 and result["Verdict"] in (FINE, BROKEN):
        result = _by_ipv6(network, way, agent_version, result)
    return result, nats


def _by_ipv6(network: Network, way: Way, agent_version: str, result: Finding) -> Finding:
    """Over the internet the agent uses IPv6 only if it is set so, or by NAT64."""
    table = table_of(network, way["SubnetId"])
    looked_at = result["LookedAt"]
    if leads_to_nat64(table):
        found = f"{_table_named(table, way)} has a route for NAT64 ({NAT64}), which is not looked at"
        return finding("route", NOT_LOOKED_AT, found, looked_at)
    version = re.match(r"(\d+)\.(\d+)\.(\d+)", agent_version)
    if version and tuple(map(int, version.groups())) < FIRST_WITH_IPV6:
        found = f"{way['SubnetId']} offers IPv6 only, which SSM Agent older than 3.3.3270.0 can't use"
        do = "Update SSM Agent, and set UseDualStackEndpoint in its configuration, or give the machine IPv4"
        return finding("route", BROKEN, found, looked_at, do)
    if result["Verdict"] == BROKEN:
        return result
    found = f"{result['Found']}, but the agent uses IPv6 only if UseDualStackEndpoint is set on the machine"
    return finding("route", COULD_NOT_CHECK, found, looked_at)


def leads_to_nat64(table: Any) -> bool:
    """Whether a table has a route for the addresses that stand for IPv4 ones."""
    return any(each.get("DestinationIpv6CidrBlock") == NAT64 for each in table["Routes"])


def _way_out(network: Network, way: Way, table: Any) -> tuple[Finding, list[Any]]:
    routes = _routes_by_span(network, table, way["Family"])
    taken: list[tuple[str, Route]] = []
    findings, nats = [], []
    for point in points_of(INTERNET[way["Family"]], [span for span, _, _ in routes]):
        cidr, route = _route_for(point, routes) or (EVERYTHING[way["Family"]], {})
        if (cidr, route) in taken:
            continue
        taken.append((cidr, route))
        result, behind = _by_route(network, way, table, cidr, route)
        findings.append(result)
        nats += behind
    return any_of("route", findings), nats


def _route_for(point: int, routes: list[tuple[Span, str, Route]]) -> tuple[str, Route] | None:
    """The route with the longest prefix; of several, the one that wasn't propagated."""
    matching = [each for each in routes if is_in(point, [each[0]])]
    longest = min((last - first for (first, last), _, _ in matching), default=0)
    found = [(cidr, route) for (first, last), cidr, route in matching if last - first == longest]
    static = [each for each in found if each[1].get("Origin") != "EnableVgwRoutePropagation"]
    if len(static or found) > 1:
        raise UnsureError(f"several routes for {found[0][0]}: which one is taken is not known")
    return next(iter(static or found), None)


def _routes_by_span(network: Network, table: Any, family: int) -> list[tuple[Span, str, Route]]:
    """The routes that may lead to the internet, for each of their destinations."""
    found = []
    for route in table["Routes"]:
        cidr = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
        if route.get("GatewayId") == "local" or (not cidr and _is_gateway_endpoint(network, route)):
            continue  # S3 and DynamoDB alone have such endpoints
        for each in [cidr] if cidr else known(network["PrefixList"](route["DestinationPrefixListId"])):
            if family_of(each) == family:
                found.append((span_of(each), each, route))
    return found


def _is_gateway_endpoint(network: Network, route: Route) -> bool:
    target = route.get("GatewayId", "")
    return target.startswith("vpce-") and any(
        each["VpcEndpointId"] == target and each.get("VpcEndpointType") == "Gateway"
        for each in known(network["VpcEndpoints"])
    )


def _by_route(network: Network, way: Way, table: Any, cidr: str, route: Route) -> tuple[Finding, list[Any]]:
    """Where one route leads; an empty one: there is none."""
    named, table_id = _table_named(table, way), table["RouteTableId"]
    target = _route_target(route)
    looked_at = [table_id, target] if target else [table_id]
    told = f"{named} sends {cidr} to {target}"
    replace = _route_command(network, "replace-route", table_id, cidr)
    if not route:
        return _no_route(network, way, table, cidr), []
    if route.get("State") == "blackhole":
        found = f"{told}, which is gone (blackhole)"
        return finding("route", BROKEN, found, looked_at, "Send it somewhere else:", replace), []
    if target.startswith("nat-") and way["Family"] == 4:
        return _by_nat(network, way, told, replace, with_id(network, "NatGateways", "NatGatewayId", target))
    is_internet_gateway = target.startswith("igw-")
    if route.get("State") != "active" or not (
        is_internet_gateway or (target.startswith("eigw-") and way["Family"] == 6)
    ):
        return finding("route", NOT_LOOKED_AT, f"{told}: what is behind it is not looked at", looked_at), []
    block = way["SubnetId"] and subnet_with(network, way["SubnetId"]).get("BlockPublicAccessStates")
    mode = (block or {}).get("InternetGatewayBlockMode", "off")
    if mode not in ("off", "block-ingress") or (mode != "off" and is_internet_gateway and "IsNat" not in way):
        found = f"{told}, but VPC Block Public Access ({mode}) is on for {way['SubnetId']}"
        command = (
            f"aws ec2 create-vpc-block-public-access-exclusion --subnet-id {way['SubnetId']}"
            f" --internet-gateway-exclusion-mode allow-egress --region {network['Region']}"
        )
        return finding("route", BROKEN, found, looked_at, "Exclude the subnet from it:", command), []
    if is_internet_gateway and not way["IsPublic"]:
        found = f"{told}, an internet gateway, but there is no public IPv4 address to answer to"
        do = "Give it an Elastic IP address, or move it to a subnet that has a route to a NAT gateway:"
        command = (
            f"aws ec2 associate-address --instance-id {way['InstanceId']} --allocation-id ALLOCATION_ID"
            f" --region {network['Region']}"
        )
        return finding("route", BROKEN, found, looked_at, do, command), []
    return finding("route", FINE, told, looked_at), []


def _no_route(network: Network, way: Way, table: Any, cidr: str) -> Finding:
    named, table_id = _table_named(table, way), table["RouteTableId"]
    others = [
        f"{_route_destination(each)} to {_route_target(each)}"
        for each in table["Routes"]
        if each.get("State") == "active"
        and not _route_target(each).startswith(("local", "igw-", "eigw-", "nat-"))
        and not (_route_target(each).startswith("vpce-") and _is_gateway_endpoint(network, each))
    ]
    found = f"{named} has no route for {cidr}"
    if others:  # endpoints of another VPC may be behind it
        found += f"; what is behind {others[0]} is not looked at"
        return finding("route", NOT_LOOKED_AT, found, [table_id])
    do = "Add one, or create VPC endpoints for ssm and ssmmessages:"
    return finding(
        "route", BROKEN, found, [table_id], do, _route_command(network, "create-route", table_id, cidr)
    )


def _by_nat(
    network: Network, way: Way, told: str, replace: str, nat: dict[str, Any]
) -> tuple[Finding, list[Any]]:
    looked_at = [nat["NatGatewayId"]]
    if nat["State"] != "available":
        why = f": {nat['FailureMessage']}" if nat.get("FailureMessage") else ""
        found = f"{told}, a NAT gateway that is {nat['State']}{why}"
        return finding("route", BROKEN, found, looked_at, "Send it to one that is available:", replace), [nat]
    if "IsNat" in way:
        found = f"{told}, but a NAT gateway itself needs an internet gateway"
        return finding("route", BROKEN, found, looked_at, "Send it to an internet gateway:", replace), [nat]
    if nat.get("ConnectivityType", "public") != "public" or nat.get("AttachedAppliances"):
        found = f"{told}, a private NAT gateway or one with appliances: what is behind it is not looked at"
        return finding("route", NOT_LOOKED_AT, found, looked_at), [nat]
    behind: Way = {
        "Family": 4,
        "SubnetId": nat.get("SubnetId", ""),
        "IsPublic": any(each.get("PublicIp") for each in nat.get("NatGatewayAddresses", [])),
        "InstanceId": "",
        "IsNat": True,
    }
    if nat.get("RouteTableId"):  # a regional one is in no subnet
        table = with_id(network, "RouteTables", "RouteTableId", nat["RouteTableId"])
    elif behind["SubnetId"]:
        table = table_of(network, behind["SubnetId"])
    else:
        raise UnsureError(f"EC2 does not show the route table of {nat['NatGatewayId']}")
    result, _ = _way_out(network, behind, table)
    found = told if result["Verdict"] == FINE else f"{told}; there, {result['Found']}"
    return result | {"Found": found, "LookedAt": looked_at + result["LookedAt"]}, [nat]


def _table_named(table: Any, way: Way) -> str:
    subnet = f" of {way['SubnetId']}" if way["SubnetId"] else ""
    return f"route table {table['RouteTableId']}{subnet}"


def _route_destination(route: Route) -> str:
    keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return next((route[key] for key in keys if route.get(key)), "")


def _route_target(route: Route) -> str:
    """The id of a route's target; every key that is no destination and no state may hold one."""
    others = ("Destination", "State", "Origin", "InstanceOwnerId")
    return str(next((route[key] for key in sorted(route) if not key.startswith(others) and route[key]), ""))


def _route_command(network: Network, verb: str, table_id: str, cidr: str) -> str:
    option, target = (
        ("ipv6-cidr-block", "--egress-only-internet-gateway-id EIGW_ID")
        if family_of(cidr) == 6
        else ("cidr-block", "--nat-gateway-id NAT_GATEWAY_ID")
    )
    return (
        f"aws ec2 {verb} --route-table-id {table_id} --destination-{option} {cidr} {target}"
        f" --region {network['Region']}"
    )
