"""Any network: no check calls fine what stops a packet, and none calls broken what lets all through."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ssm_agent_monitor.responder.diagnosis.finding import Verdict
from tests.unit.networks import (
    ANY,
    Instance,
    Network,
    endpoint,
    entries,
    entry,
    findings_of,
    group,
    interface,
    ipv4,
    ipv6,
    machine,
    nat_gateway,
    network,
    route,
    rule,
    table,
    verdicts_of,
)
from tests.unit.packets import SERVICES, attempts

DOORS = ("app", "two")


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """One of several values, the usual one four times out of five."""
    return st.integers(0, 4).flatmap(
        lambda number: st.sampled_from(others) if number == 0 else st.just(usual)
    )


def policy(*actions: str, effect: str = "Allow") -> str:
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    limited = {"Effect": effect, "Principal": {"AWS": "*"}, "Action": list(actions), "Resource": "*"}
    return json.dumps({"Statement": [limited] if effect == "Allow" else [allowed, limited]})


POLICIES = [
    (policy("ssm:*", "ssmmessages:*"), True),
    (policy("s3:*"), False),
    (policy("ssm:*", "ssmmessages:*", effect="Deny"), False),
    (policy("s3:*", effect="Deny"), True),
    ("", True),
]
"""Policies of endpoints, and whether they allow what the agent does."""

PEERS = [
    *(ipv4(subnet) for subnet in ("app", "two", "endpoints", "public")),
    "10.0.1.10/32",
    "10.0.3.0/25",
    "10.0.0.0/8",
    ANY,
    "0.0.0.0/1",
    "128.0.0.0/1",
    "52.0.0.0/8",
    "::/0",
    ipv6("app"),
    ipv6("endpoints"),
    "2600::/12",
]
RANGES = [None, (443, 443), (1024, 65535), (32768, 65535), (80, 80), (0, 65535)]

rules = st.builds(
    rule, st.sampled_from([*PEERS, "sg-app", "sg-endpoints", "sg-two", "pl-1"]), st.sampled_from(RANGES)
)
openings = mostly([rule(ANY, None), rule("::/0", None)], []).flatmap(
    lambda usual: st.lists(rules, max_size=3).map(lambda more: usual + more)
)
routes = st.sampled_from(
    [
        route("0.0.0.0/1", NatGatewayId="nat-1"),
        route("128.0.0.0/1", NatGatewayId="nat-1"),
        route("52.0.0.0/8", TransitGatewayId="tgw-1"),
        route("52.0.0.0/8", "blackhole", NatGatewayId="nat-0"),
        route("10.0.0.0/8", TransitGatewayId="tgw-1"),
        route("::/0", EgressOnlyInternetGatewayId="eigw-1"),
        route("::/0", GatewayId="igw-1"),
    ]
)
default_routes = st.sampled_from(
    [
        *[[route(ANY, NatGatewayId="nat-1")]] * 6,
        *[[route(ANY, GatewayId="igw-1")]] * 3,
        [],
        [route(ANY, "blackhole", NatGatewayId="nat-0")],
        [route(ANY, TransitGatewayId="tgw-1")],
    ]
)


@st.composite
def acl_entries(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Few entries that take precedence over those which let everything through."""
    count = draw(st.sampled_from([0, 0, 0, 1, 2, 3]))
    return [
        entry(
            number + 1,
            draw(st.booleans()),
            draw(st.sampled_from(["allow", "deny"])),
            draw(st.sampled_from(PEERS)),
            draw(st.sampled_from(RANGES)),
        )
        for number in range(count)
    ]


@st.composite
def endpoints(draw: st.DrawFn, service: str) -> dict[str, Any]:
    kind = draw(mostly("ipv4", "dualstack", "ipv6"))
    document, is_allowed = draw(mostly(POLICIES[0], *POLICIES))
    return endpoint(
        service,
        State=draw(mostly("available", "pending", "Available", "failed")),
        PrivateDnsEnabled=draw(mostly(True, False)),
        SubnetIds=draw(mostly(["subnet-endpoints"], ["subnet-app"], ["subnet-endpoints", "subnet-two"])),
        PolicyDocument=document,
        Allowed=is_allowed,
        IpAddressType=kind,
        DnsOptions={"DnsRecordIpType": kind},
    )


@st.composite
def networks(draw: st.DrawFn) -> Network:
    on_way = draw(st.sampled_from([(), SERVICES, SERVICES, SERVICES[:1], SERVICES[1:]]))
    found = network(
        EnableDnsSupport=draw(mostly(True, False)),
        EnableDnsHostnames=draw(mostly(True, False)),
        VpcEndpoints=[draw(endpoints(service)) for service in on_way],
        NatGateways=[nat_gateway(State=draw(mostly("available", "failed", "deleted")))],
        SecurityGroups=[
            group(f"sg-{name}", draw(openings), draw(openings)) for name in (*DOORS, "endpoints")
        ],
    )
    found["Lists"]["pl-1"] = draw(st.lists(st.sampled_from(PEERS), max_size=2))
    for subnet in DOORS:
        table(found, subnet).extend(draw(default_routes))
        more = draw(mostly([], None))
        table(found, subnet).extend(
            draw(st.lists(routes, max_size=3, unique_by=destination)) if more is None else []
        )
    table(found, "public").extend(
        draw(mostly([route(ANY, GatewayId="igw-1")], [], [route(ANY, NatGatewayId="nat-1")]))
    )
    for subnet in (*DOORS, "public", "endpoints"):
        entries(found, subnet).extend(draw(acl_entries()))
    for subnet in found["Subnets"]:
        mode = draw(mostly("off", "block-ingress", "block-bidirectional"))
        subnet["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": mode}
    return found


def destination(of: dict[str, Any]) -> str:
    return str(of.get("DestinationCidrBlock") or of.get("DestinationIpv6CidrBlock"))


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    interfaces = []
    for subnet in draw(mostly(("app",), DOORS, ("two",))):
        found = interface(
            subnet, public=draw(st.sampled_from(["", "203.0.113.9"])), secondary=draw(mostly(0, 1))
        )
        kind = draw(st.sampled_from(["ipv4", "ipv4", "both", "ipv6"]))
        if kind != "ipv4":
            found["Ipv6Addresses"] = [{"Ipv6Address": ipv6(subnet).replace("/64", "10")}]
        if kind == "ipv6":
            for key in ("PrivateIpAddress", "PrivateIpAddresses", "Association"):
                found.pop(key, None)
        interfaces.append(found)
    return machine(*interfaces)


def relevant(tried: list[tuple[int, set[str]]]) -> list[set[str]]:
    """What stops the connections that count: those by IPv4 if there are any."""
    families = {family for family, _ in tried}
    return [stopped for family, stopped in tried if family == min(families)]


@given(networks(), instances())
@settings(max_examples=200, deadline=None)
def test_what_stops_a_packet_is_not_fine_and_what_lets_all_through_is_not_broken(
    of: Network, instance: Instance
) -> None:
    verdicts = verdicts_on_way(of, instance)
    tried = {service: list(attempts(of, instance, service)) for service in SERVICES}
    for service in SERVICES:
        stops = relevant(tried[service])
        with_route = [each for each in stops if "route" not in each] or stops
        for check, verdict in verdicts.items():
            if verdict == Verdict.FINE:
                among = with_route if check in ("security-groups", "network-acls") else stops
                assert all(check not in each for each in among), (service, check)
        if any(stops):
            assert set(verdicts.values()) != {Verdict.FINE}
    if Verdict.BROKEN in verdicts.values():
        assert any(all(stopped for _, stopped in tried[service]) for service in SERVICES)


def verdicts_on_way(of: Network, instance: Instance) -> dict[str, Verdict]:
    """The worst verdict of each check, without what isn't on the way."""
    verdicts = verdicts_of(findings_of(of, instance))
    private = [each for each in of["VpcEndpoints"] if each["PrivateDnsEnabled"]]
    if not of["VpcEndpoints"] and verdicts["endpoints"] == Verdict.NOT_LOOKED_AT:
        del verdicts["endpoints"]
    if len(private) == len(SERVICES) and verdicts["route"] == Verdict.NOT_LOOKED_AT:
        del verdicts["route"]
    return verdicts
