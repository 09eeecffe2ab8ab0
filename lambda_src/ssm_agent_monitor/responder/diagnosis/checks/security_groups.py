"""Check `security-groups`: whether port 443 is let out; and what groups let through at all."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.diagnosis.finding import BROKEN, COULD_NOT_CHECK, FINE, Finding, finding
from ssm_agent_monitor.responder.diagnosis.network.addresses import (
    ALL_OF,
    ANYWHERE,
    INTERNET,
    SOME_OF,
    Span,
    how_much_of,
)
from ssm_agent_monitor.responder.diagnosis.network.network import (
    Network,
    UnsureError,
    cidrs_of,
    known,
    spans_of,
    with_id,
)
from ssm_agent_monitor.responder.diagnosis.network.paths import Way, name_of, over_services
from ssm_agent_monitor.responder.reading import Unreadable

HTTPS = 443


def check_security_groups(network: Network, ways: list[Way]) -> list[Finding]:
    """The findings for a machine's ways."""
    return over_services("security-groups", network, ways, _to_internet, _to_endpoint)


def _to_internet(network: Network, way: Way, is_elsewhere: bool) -> Finding:
    """To all of the internet; to any address at all if the way may lead elsewhere."""
    is_known = way["Route"]["Verdict"] in (FINE, BROKEN) and not is_elsewhere
    spans = (INTERNET if is_known else ANYWHERE)[way["Family"]]
    cidrs = ["::/0" if way["Family"] == 6 else "0.0.0.0/0"]
    where = "the internet" if is_known else "any address"
    return _out_to(network, way, spans, [], cidrs, where)


def _to_endpoint(network: Network, way: Way, endpoint: dict[str, Any]) -> Finding:
    cidrs = cidrs_of(network, endpoint["SubnetIds"], way["Family"])
    groups = [each["GroupId"] for each in endpoint.get("Groups", [])]
    return _out_to(network, way, spans_of(cidrs, way["Family"]), groups, cidrs, name_of(endpoint))


def _out_to(
    network: Network, way: Way, spans: list[Span], groups: list[str], cidrs: list[str], where: str
) -> Finding:
    lets = let_by(network, way["Groups"], "IpPermissionsEgress", spans, groups, way["Family"])
    named = f"security group {' and '.join(way['Groups'])}"
    port = f"port {HTTPS} out to {where} ({'IPv4' if way['Family'] == 4 else 'IPv6'})"
    check, looked_at = "security-groups", way["Groups"]
    if lets == ALL_OF:
        return finding(check, FINE, f"{named} lets {port}", looked_at)
    if lets == SOME_OF:
        return finding(check, COULD_NOT_CHECK, f"{named} lets {port}, but not to every address", looked_at)
    command = (
        f"aws ec2 authorize-security-group-egress --group-id {way['Groups'][0]}"
        f" --ip-permissions '{_permission_out(way['Family'], cidrs)}' --region {network['Region']}"
    )
    return finding(check, BROKEN, f"{named} lets no {port}", looked_at, "Allow it:", command)


def _permission_out(family: int, cidrs: list[str]) -> str:
    ranges, key = ("IpRanges", "CidrIp") if family == 4 else ("Ipv6Ranges", "CidrIpv6")
    listed = ",".join("{" + f"{key}={cidr}" + "}" for cidr in cidrs)
    return f"IpProtocol=tcp,FromPort={HTTPS},ToPort={HTTPS},{ranges}=[{listed}]"


def let_by(
    network: Network, group_ids: list[str], rules: str, spans: list[Span], peers: list[str], family: int
) -> str:
    """How much of the other side security groups let through, by `IpPermissions` or `IpPermissionsEgress`.

    `spans` are its addresses, `peers` its own groups. Raises UnsureError if what can't be read counts.
    """
    if not group_ids or not spans:
        raise UnsureError("EC2 shows no security group, or no address for it")
    allowed: list[Span] = []
    unread = ""
    for group in (with_id(network, "SecurityGroups", "GroupId", each) for each in group_ids):
        for rule in group[rules]:
            if not _is_https(rule):
                continue
            if any(pair.get("GroupId") in peers for pair in rule.get("UserIdGroupPairs", [])):
                return ALL_OF
            cidrs = [each["CidrIp"] for each in rule.get("IpRanges", [])]
            cidrs += [each["CidrIpv6"] for each in rule.get("Ipv6Ranges", [])]
            for each in rule.get("PrefixListIds", []):
                listed = network["PrefixList"](each["PrefixListId"])
                if isinstance(listed, Unreadable):
                    unread = listed
                else:
                    cidrs += listed
            allowed += spans_of(cidrs, family)
    lets = how_much_of(spans, allowed)
    if unread and lets != ALL_OF:
        known(Unreadable(unread))
    return lets


def _is_https(rule: dict[str, Any]) -> bool:
    if rule["IpProtocol"] == "-1":
        return True
    return rule["IpProtocol"] in ("tcp", "6") and rule.get("FromPort", 0) <= HTTPS <= rule.get(
        "ToPort", 65535
    )
