"""What can cut an agent off, in words, from what AWS Config recorded of a resource."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from typing import Any

NOT_TARGETS = ("origin", "state", "instanceOwnerId")


def connections_of(configuration: str, subnet_ids: Container[str]) -> frozenset[str]:
    """From a configuration item's text; the three types of resources have no field in common.

    A route table's associations with other subnets than those are left out.
    """
    known = json.loads(configuration or "{}") or {}
    given: Mapping[str, Any] = defaultdict(list, {key: each for key, each in known.items() if each})
    of_subnets = (each["subnetId"] for each in given["associations"] if each.get("subnetId") in subnet_ids)
    associations = (f"association with {subnet_id}" for subnet_id in of_subnets)
    return frozenset([*associations, *_of_table(given), *_of_group(given), *_of_instance(given)])


def _of_table(given: Mapping[str, Any]) -> Iterator[str]:
    for route in given["routes"]:
        ends = {key[:11]: route[key] for key in route if route[key] and key not in NOT_TARGETS}
        where, state = ends.pop("destination", "?"), "blackhole " * (route.get("state") == "blackhole")
        yield f"{state}route to {next(iter(ends.values()), '?')} ({where})"


def _of_group(given: Mapping[str, Any]) -> Iterator[str]:
    for name, direction in (("ipPermissionsEgress", "outbound"), ("ipPermissions", "inbound")):
        for rule in given[name]:
            ports = "-".join(str(port) for port in dict.fromkeys([rule.get("fromPort"), rule.get("toPort")]))
            what = f"{direction} rule for {rule.get('ipProtocol')} {ports}".replace("-1 None", "all traffic")
            yield from (f"{what} ({peer})" for peer in _peers(rule))


def _peers(rule: Mapping[str, Any]) -> set[str]:
    """Ranges, prefix lists and groups; items before 2018 have ranges as texts alone."""
    peers = [each for value in rule.values() if isinstance(value, list) for each in value]
    keys = ("cidrIp", "cidrIpv6", "prefixListId", "groupId")
    return {
        next((each[key] for key in keys if each.get(key)), "?") if isinstance(each, dict) else each
        for each in peers
    }


def _of_instance(given: Mapping[str, Any]) -> Iterator[str]:
    for card in given["networkInterfaces"]:
        yield from (f"security group {group['groupId']}" for group in card.get("groups") or [])
    if given["iamInstanceProfile"]:
        yield f"instance profile {given['iamInstanceProfile'].get('arn', '').rpartition('/')[2]}"
    if given["metadataOptions"]:
        yield f"metadata endpoint ({given['metadataOptions'].get('httpEndpoint')})"
    if given["publicIpAddress"]:
        yield f"public address {given['publicIpAddress']}"
