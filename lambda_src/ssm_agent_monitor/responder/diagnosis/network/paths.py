"""The ways that a machine has to Systems Manager, and what several ways say together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ssm_agent_monitor.responder.diagnosis.finding import (
    BROKEN,
    COULD_NOT_CHECK,
    FINE,
    NOT_LOOKED_AT,
    Finding,
    finding,
)
from ssm_agent_monitor.responder.diagnosis.network.addresses import span_of
from ssm_agent_monitor.responder.diagnosis.network.network import Network, UnsureError, known

SERVICES = ("ssm", "ssmmessages")
WORST_FIRST = [BROKEN, COULD_NOT_CHECK, NOT_LOOKED_AT, FINE]

Way = dict[str, Any]
"""Out of an interface by a family of addresses: `InstanceId`, `Family` (4 or 6), `SubnetId`, `VpcId`,
`Groups` (ids), `Addresses` (ranges), `IsPublic` (whether the internet can answer them). Then `Route` (the
finding of the way to the internet) and `Nats` (the NAT gateways on it)."""


def ways_of(instance: dict[str, Any]) -> list[Way]:
    """All ways, of each interface one for IPv4 and one for IPv6, if it has such addresses."""
    ways = []
    for interface in instance.get("NetworkInterfaces") or [_only_interface(instance)]:
        primary = [{"PrivateIpAddress": interface.get("PrivateIpAddress")}]
        ipv4 = [each["PrivateIpAddress"] for each in interface.get("PrivateIpAddresses") or primary]
        addresses = {4: ipv4, 6: [each["Ipv6Address"] for each in interface.get("Ipv6Addresses", [])]}
        ways += [
            {
                "InstanceId": instance["InstanceId"],
                "Family": family,
                "SubnetId": interface["SubnetId"],
                "VpcId": interface["VpcId"],
                "Groups": [group["GroupId"] for group in interface.get("Groups", [])],
                "Addresses": [span_of(address) for address in found if address],
                "IsPublic": family == 6 or bool(interface.get("Association", {}).get("PublicIp")),
            }
            for family, found in addresses.items()
            if any(found)
        ]
    return ways


def _only_interface(instance: dict[str, Any]) -> dict[str, Any]:
    return {
        **{key: instance.get(key) for key in ("SubnetId", "VpcId", "PrivateIpAddress")},
        "Groups": instance.get("SecurityGroups", []),
        "Association": {"PublicIp": instance.get("PublicIpAddress")},
    }


def endpoints_of(network: Network, service: str) -> list[dict[str, Any]]:
    """The interface endpoints of a service in the VPC, in any state."""
    end = f".{network['Region']}.{service}"
    return [
        each
        for each in known(network["VpcEndpoints"])
        if each.get("VpcEndpointType") == "Interface"
        and each["ServiceName"].endswith(end)
        and each.get("State", "").lower() != "deleted"
    ]


def endpoint_of(network: Network, service: str) -> dict[str, Any]:
    """The endpoint to which the service's public name leads, `{}` if there is none."""
    found = [each for each in endpoints_of(network, service) if each.get("PrivateDnsEnabled")]
    if len(found) > 1:
        raise UnsureError(f"{network['VpcId']} has several endpoints for {service}, all with private DNS")
    return found[0] if found else {}


def name_of(endpoint: dict[str, Any]) -> str:
    """How findings name an endpoint."""
    return f"endpoint {endpoint['VpcEndpointId']} ({endpoint['ServiceName'].rpartition('.')[2]})"


def families_of(endpoint: dict[str, Any]) -> list[int]:
    """The families of addresses that an endpoint has."""
    families = {"ipv4": [4], "dualstack": [4, 6], "ipv6": [6]}
    kind = endpoint.get("IpAddressType") or "ipv4"
    if kind not in families:
        raise UnsureError(f"{name_of(endpoint)} has addresses of the unknown type {kind}")
    return families[kind]


def told(check: str, look: Callable[..., Finding], *arguments: Any) -> Finding:
    """What a check says; that it could not check, if it is unsure."""
    try:
        return look(*arguments)
    except UnsureError as why:
        return finding(check, COULD_NOT_CHECK, str(why))


def worst_of(findings: Iterable[Finding]) -> list[Finding]:
    """Of findings that must all be fine: those that are broken, each once, or else the worst one."""
    ordered = sorted(findings, key=lambda each: WORST_FIRST.index(each["Verdict"]))
    broken = {each["Found"]: each for each in ordered if each["Verdict"] == BROKEN}
    return list(broken.values()) or ordered[:1]


def any_of(check: str, findings: list[Finding]) -> Finding:
    """Of findings of which one counts, but nobody knows which: broken or fine only if all are."""
    worst = worst_of(findings)[0]
    others = [each for each in findings if each["Verdict"] != BROKEN]
    if worst["Verdict"] != BROKEN or not others:
        return worst
    found = f"{worst['Found']}; which way the agent takes is not known: {others[0]['Found']}"
    return finding(check, COULD_NOT_CHECK, found, worst["LookedAt"] + others[0]["LookedAt"])


def over_ways(check: str, ways: list[Way], look: Callable[[Way], Finding]) -> Finding:
    """What the ways of a machine say together.

    The agent uses IPv4 where there is any. IPv6 alone never makes it fine then, but may be what it uses
    (its setting `UseDualStackEndpoint`, which nobody can see from outside).
    """
    by_family: dict[int, list[Finding]] = {4: [], 6: []}
    for way in ways:
        by_family[way["Family"]].append(told(check, look, way))
    first = any_of(check, by_family[4] or by_family[6])
    return any_of(check, [first, *by_family[6]]) if first["Verdict"] == BROKEN else first


def live(ways: list[Way]) -> list[Way]:
    """Those with a route to the internet, or else all."""
    return [way for way in ways if way["Route"]["Verdict"] != BROKEN] or ways


def over_services(
    check: str,
    network: Network,
    ways: list[Way],
    out: Callable[[Network, Way, bool], Finding],
    to: Callable[[Network, Way, dict[str, Any]], Finding],
) -> list[Finding]:
    """What a check says of the ways to both services.

    `out` looks at a way to the public name, and is told whether the VPC has an endpoint that it does not lead
    to; `to` looks at a way to an endpoint.
    """
    return worst_of(told(check, _over_service, check, network, ways, each, out, to) for each in SERVICES)


def _over_service(
    check: str,
    network: Network,
    ways: list[Way],
    service: str,
    out: Callable[..., Finding],
    to: Callable[..., Finding],
) -> Finding:
    endpoint = endpoint_of(network, service)
    if not endpoint:
        is_elsewhere = bool(endpoints_of(network, service))
        return over_ways(check, live(ways), lambda way: out(network, way, is_elsewhere))
    fitting = [way for way in ways if way["Family"] in families_of(endpoint)]
    if not fitting:
        return finding(check, NOT_LOOKED_AT, f"no address of the machine fits {name_of(endpoint)}")
    return over_ways(check, fitting, lambda way: to(network, way, endpoint))
