"""Check `network-acls`: whether port 443 and its answers pass the network ACLs of the subnets on the way."""

from __future__ import annotations

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
    ALL_OF,
    ANYWHERE,
    EVERYTHING,
    INTERNET,
    NONE_OF,
    Span,
    family_of,
    how_much,
    is_in,
    points_of,
    span_of,
)
from ssm_agent_monitor.responder.diagnosis.network.network import (
    Network,
    UnsureError,
    acl_of,
    cidrs_of,
    spans_of,
)
from ssm_agent_monitor.responder.diagnosis.network.paths import (
    Way,
    any_of,
    name_of,
    over_services,
    told,
    worst_of,
)

REQUEST, ANSWER = (443, 443), (1024, 65535)

Leg = dict[str, Any]
"""A packet at a subnet's border: `SubnetId`, `IsOut`, `Ports`; the other side's `Spans`, `Where` it is in
words, and its `Cidr` for the command."""


def check_network_acls(network: Network, ways: list[Way]) -> list[Finding]:
    """The findings for a machine's ways."""
    return over_services("network-acls", network, ways, _on_way_out, _on_way_to)


def _on_way_to(network: Network, way: Way, endpoint: dict[str, Any]) -> Finding:
    """To any of the endpoint's subnets: which one the name gives is not known."""
    if not endpoint.get("SubnetIds"):
        return finding("network-acls", NOT_LOOKED_AT, f"{name_of(endpoint)} is in no subnet")
    return any_of(
        "network-acls",
        [
            told("network-acls", _between_subnets, network, way, each, name_of(endpoint))
            for each in endpoint["SubnetIds"]
        ],
    )


def _between_subnets(network: Network, way: Way, there: str, name: str) -> Finding:
    family, here = way["Family"], way["SubnetId"]
    if there == here:
        return finding("network-acls", FINE, f"{name} is in {here} itself, where no network ACL applies")
    cidrs = cidrs_of(network, [there], family)
    spans = spans_of(cidrs, family)
    return _over_borders(
        network,
        [
            *_there_and_back(here, True, spans, f"{there} ({name})", cidrs),
            *_there_and_back(there, False, way["Addresses"], here, cidrs_of(network, [here], family)),
        ],
    )


def _on_way_out(network: Network, way: Way, is_elsewhere: bool) -> Finding:
    family, here, verdict = way["Family"], way["SubnetId"], way["Route"]["Verdict"]
    is_known = verdict in (FINE, BROKEN) and not is_elsewhere
    spans = (INTERNET if is_known else ANYWHERE)[family]
    internet = [EVERYTHING[family]]
    where = "the internet" if is_known else "any address"
    legs = _there_and_back(here, True, spans, where, internet)
    for there in (nat.get("SubnetId") for nat in way["Nats"]):
        if there and there != here:
            legs += _there_and_back(there, False, way["Addresses"], here, cidrs_of(network, [here], family))
            legs += _there_and_back(there, True, INTERNET[family], "the internet", internet)
    result = _over_borders(network, legs)
    if is_known or result["Verdict"] != FINE:
        return result
    found = f"{result['Found']}; network ACLs elsewhere on the way are not looked at"
    return finding("network-acls", NOT_LOOKED_AT, found, result["LookedAt"])


def _there_and_back(
    subnet_id: str, is_out: bool, spans: list[Span], where: str, cidrs: list[str]
) -> list[Leg]:
    """The request over a subnet's border, and the answer over it the other way."""
    leg = {"SubnetId": subnet_id, "Spans": spans, "Where": where, "Cidr": cidrs[0] if cidrs else ""}
    return [leg | {"IsOut": is_out, "Ports": REQUEST}, leg | {"IsOut": not is_out, "Ports": ANSWER}]


def _over_borders(network: Network, legs: list[Leg]) -> Finding:
    findings = [told("network-acls", _on_leg, network, leg) for leg in legs]
    looked_at = [each for result in findings for each in result["LookedAt"]]
    return worst_of(findings)[0] | {"LookedAt": sorted(set(looked_at))}


def _on_leg(network: Network, leg: Leg) -> Finding:
    acl = acl_of(network, leg["SubnetId"])
    if not leg["Spans"]:
        raise UnsureError(f"EC2 shows no addresses for {leg['Where']}")
    family = family_of(leg["Cidr"])
    entries = sorted(
        (each for each in acl["Entries"] if each["Egress"] == leg["IsOut"] and _cidr_of(each, family)),
        key=lambda each: each["RuleNumber"],
    )
    rules = [
        (span_of(_cidr_of(each, family)), _ports_of(each), each["RuleAction"] == "allow")
        for each in entries
        if each["Protocol"] in ("-1", "6", "tcp")
    ]
    lets = how_much(
        next(
            (passes for span, ports, passes in rules if is_in(address, [span]) and is_in(port, [ports])),
            False,
        )
        for address in points_of(leg["Spans"], [span for span, _, _ in rules])
        for port in points_of([leg["Ports"]], [ports for _, ports, _ in rules])
    )
    acl_id = acl["NetworkAclId"]
    named, way = f"network ACL {acl_id} of {leg['SubnetId']}", "out to" if leg["IsOut"] else "in from"
    first, last = leg["Ports"]
    port = "port 443" if first == last else f"answers (ports {first}-{last})"
    if lets == ALL_OF:
        return finding("network-acls", FINE, f"{named} lets port 443 and its answers through", [acl_id])
    if lets != NONE_OF:
        found = f"{named} lets {port} {way} {leg['Where']}, but not for every port and address"
        return finding("network-acls", COULD_NOT_CHECK, found, [acl_id])
    command = (
        f"aws ec2 create-network-acl-entry --network-acl-id {acl_id} --rule-number {_free_number(entries)}"
        f" --{'egress' if leg['IsOut'] else 'ingress'} --protocol tcp --port-range From={first},To={last}"
        f" --{'ipv6-' if family == 6 else ''}cidr-block {leg['Cidr']} --rule-action allow"
        f" --region {network['Region']}"
    )
    found = f"{named} lets no {port} {way} {leg['Where']}"
    return finding("network-acls", BROKEN, found, [acl_id], "Allow it:", command)


def _free_number(entries: list[dict[str, Any]]) -> int:
    """A rule's number before the first that denies."""
    used = [each["RuleNumber"] for each in entries]
    denying = min((each["RuleNumber"] for each in entries if each["RuleAction"] == "deny"), default=32767)
    return next((number for number in range(denying - 1, 0, -1) if number not in used), denying)


def _cidr_of(entry: dict[str, Any], family: int) -> str:
    return str(entry.get("CidrBlock" if family == 4 else "Ipv6CidrBlock") or "")


def _ports_of(entry: dict[str, Any]) -> Span:
    ports = entry.get("PortRange")
    return (ports["From"], ports["To"]) if ports and entry["Protocol"] != "-1" else (0, 65535)
