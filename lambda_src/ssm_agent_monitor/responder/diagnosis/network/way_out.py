"""Where a way leads: by routes, and NAT gateways, to the internet or elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssm_agent_monitor.responder.diagnosis.finding import (
    Finding,
    Verdict,
    broken,
    could_not_check,
    fine,
    not_looked_at,
)
from ssm_agent_monitor.responder.diagnosis.network import addresses, records
from ssm_agent_monitor.responder.diagnosis.network.addresses import Span, family_of, is_in, points_of, span_of
from ssm_agent_monitor.responder.diagnosis.network.records import NatGateway, Route, RouteTable
from ssm_agent_monitor.responder.diagnosis.network.ways import Way, any_of
from ssm_agent_monitor.responder.reading import UnsureError
from ssm_agent_monitor.shared.versions import Version, written

READS = (
    "ec2:DescribeNatGateways",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
    "ec2:GetManagedPrefixListEntries",
)
"""The IAM actions of all that a way may lead to."""

FIRST_WITH_IPV6: Version = (3, 3, 3270, 0)
"""The version of SSM Agent that brought the setting UseDualStackEndpoint."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """What is found of a way to the internet; and of each route that it may take, the NAT gateway, if any."""

    finding: Finding
    nats: tuple[NatGateway | None, ...] = (None,)

    @property
    def is_certain(self) -> bool:
        """Whether it is known where the way leads."""
        return self.finding.verdict in (Verdict.FINE, Verdict.BROKEN)


def way_out(way: Way) -> WayOut:
    """Where a way leads; that it could not be checked, if it is unsure."""

    def find() -> WayOut:
        try:
            if way.why_hidden:
                raise UnsureError(way.why_hidden)
            table = way.network.table_of(way.subnet_id)
            out = _by_table(way, table)
            return replace(out, finding=_by_ipv6(way, table, out)) if way.family == 6 else out
        except UnsureError as why:
            return WayOut(could_not_check(str(why)))

    return way.network.reader.once(way, find)


def _by_ipv6(way: Way, table: RouteTable, out: WayOut) -> Finding:
    """Over the internet the agent uses IPv6 only if it is set so, or by NAT64."""
    finding = out.finding
    if not out.is_certain:
        return finding
    if table.leads_to_nat64:
        found = f"{_named(table, way)} has a route for NAT64 ({records.NAT64}), which is not looked at"
        return not_looked_at(found, finding.looked_at)
    if way.agent_version and way.agent_version < FIRST_WITH_IPV6:
        older = f"SSM Agent older than {written(FIRST_WITH_IPV6)}"
        found = f"{way.subnet_id} offers IPv6 only, which {older} can't use"
        do = "Update SSM Agent, and set UseDualStackEndpoint in its configuration, or give the machine IPv4"
        return broken(found, finding.looked_at, do)
    if finding.verdict is Verdict.BROKEN:
        return finding
    found = f"{finding.found}, but the agent uses IPv6 only if UseDualStackEndpoint is set on the machine"
    return could_not_check(found, finding.looked_at)


def _by_table(way: Way, table: RouteTable) -> WayOut:
    routes = _routes_to_internet(way, table)
    points = points_of(addresses.INTERNET[way.family], [span for span, _, _ in routes])
    no_route = (addresses.EVERYTHING[way.family], None)
    taken = dict.fromkeys(_route_for(point, routes) or no_route for point in points)
    outs = [_by_route(way, table, cidr, route) for cidr, route in taken]
    nats = tuple(nat for out in outs for nat in out.nats)
    return WayOut(any_of([out.finding for out in outs]), nats)


def _routes_to_internet(way: Way, table: RouteTable) -> list[tuple[Span, str, Route]]:
    """The routes that may lead to the internet, for each of their destinations."""
    found = []
    for route in table.routes:
        is_to_list = route.destination.startswith("pl-")
        if route.target == "local" or (is_to_list and way.network.is_to_gateway_endpoint(route)):
            continue
        cidrs = way.network.cidrs_of_list(route.destination) if is_to_list else [route.destination]
        found += [(span_of(cidr), cidr, route) for cidr in cidrs if family_of(cidr) == way.family]
    return found


def _route_for(point: int, routes: list[tuple[Span, str, Route]]) -> tuple[str, Route] | None:
    """The route with the longest prefix; of several, the one that wasn't propagated."""
    matching = [each for each in routes if is_in(point, [each[0]])]
    longest = min((last - first for (first, last), _, _ in matching), default=0)
    found = [(cidr, route) for (first, last), cidr, route in matching if last - first == longest]
    found = [each for each in found if not each[1].is_propagated] or found
    if len(found) > 1:
        raise UnsureError(f"several routes for {found[0][0]}: which one is taken is not known")
    return found[0] if found else None


def _by_route(way: Way, table: RouteTable, cidr: str, route: Route | None) -> WayOut:
    """Where one route leads; None: there is none."""
    if route is None:
        return WayOut(_no_route(way, table, cidr))
    target = route.target
    told = f"{_named(table, way)} sends {cidr} to {target}"
    looked_at = (table.id, target) if target else (table.id,)
    replacing = _command(way, "replace-route", table, cidr)
    if route.state == "blackhole":
        found = f"{told}, which is gone (blackhole)"
        return WayOut(broken(found, looked_at, "Send it somewhere else:", replacing))
    if target.startswith("nat-") and way.family == 4:
        nat = way.network.one(NatGateway, target)
        return WayOut(_by_nat(way, told, replacing, nat), (nat,))
    leads_out = target.startswith("igw-") or (target.startswith("eigw-") and way.family == 6)
    if route.state != "active" or not leads_out:
        return WayOut(not_looked_at(f"{told}: what is behind it is not looked at", looked_at))
    return WayOut(_by_gateway(way, told, looked_at, is_internet_gateway=target.startswith("igw-")))


def _by_gateway(way: Way, told: str, looked_at: tuple[str, ...], *, is_internet_gateway: bool) -> Finding:
    """An internet gateway, or an egress-only one, which needs no public address."""
    mode = way.network.one(records.Subnet, way.subnet_id).block_mode if way.subnet_id else "off"
    if mode not in ("off", "block-ingress") or (mode != "off" and is_internet_gateway and not way.is_nat):
        found = f"{told}, but VPC Block Public Access ({mode}) is on for {way.subnet_id}"
        options = f"--subnet-id {way.subnet_id} --internet-gateway-exclusion-mode allow-egress"
        command = way.network.command(f"create-vpc-block-public-access-exclusion {options}")
        return broken(found, looked_at, "Exclude the subnet from it:", command)
    if is_internet_gateway and not way.is_public:
        found = f"{told}, an internet gateway, but there is no public IPv4 address to answer to"
        do = "Give it an Elastic IP address, or move it to a subnet that has a route to a NAT gateway:"
        options = f"--instance-id {way.instance_id} --allocation-id ALLOCATION_ID"
        return broken(found, looked_at, do, way.network.command(f"associate-address {options}"))
    return fine(told, looked_at)


def _no_route(way: Way, table: RouteTable, cidr: str) -> Finding:
    found = f"{_named(table, way)} has no route for {cidr}"
    for route in table.routes:
        is_elsewhere = not route.target.startswith(("local", "igw-", "eigw-", "nat-"))
        if route.state == "active" and is_elsewhere and not way.network.is_to_gateway_endpoint(route):
            found += f"; what is behind {route.destination} to {route.target} is not looked at"
            return not_looked_at(found, [table.id])  # endpoints of another VPC may be behind it
    do = "Add one, or create VPC endpoints for ssm and ssmmessages:"
    return broken(found, [table.id], do, _command(way, "create-route", table, cidr))


def _by_nat(way: Way, told: str, replacing: str, nat: NatGateway) -> Finding:
    if nat.state != "available":
        found = f"{told}, a NAT gateway that is {nat.state}" + (f": {nat.failure}" if nat.failure else "")
        return broken(found, [nat.id], "Send it to one that is available:", replacing)
    if way.is_nat:
        found = f"{told}, but a NAT gateway itself needs an internet gateway"
        return broken(found, [nat.id], "Send it to an internet gateway:", replacing)
    if not nat.is_public:
        found = f"{told}, a private NAT gateway or one with appliances: what is behind it is not looked at"
        return not_looked_at(found, [nat.id])
    behind = Way(way.network, 4, nat.subnet_id, nat.has_public_address, is_nat=True)
    if nat.route_table_id:
        table = way.network.one(RouteTable, nat.route_table_id)
    elif nat.subnet_id:
        table = way.network.table_of(nat.subnet_id)
    else:
        raise UnsureError(f"EC2 does not show the route table of {nat.id}")
    there = _by_table(behind, table).finding
    found = told if there.verdict is Verdict.FINE else f"{told}; there, {there.found}"
    return replace(there, found=found, looked_at=(nat.id, *there.looked_at))


def _named(table: RouteTable, way: Way) -> str:
    return f"route table {table.id}" + (f" of {way.subnet_id}" if way.subnet_id else "")


def _command(way: Way, verb: str, table: RouteTable, cidr: str) -> str:
    kind, target = "cidr-block", "--nat-gateway-id NAT_GATEWAY_ID"
    if family_of(cidr) == 6:
        kind, target = "ipv6-cidr-block", "--egress-only-internet-gateway-id EIGW_ID"
    options = f"--route-table-id {table.id} --destination-{kind} {cidr} {target}"
    return way.network.command(f"{verb} {options}")
