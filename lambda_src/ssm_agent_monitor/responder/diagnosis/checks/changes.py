"""Check `changes`: what was changed around the last ping, from AWS Config's history.

Said is only what can cut an agent off: routes, rules of security groups that were removed, and what the
instance has lost. The time is the one at which Config recorded the change.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from ssm_agent_monitor.responder.diagnosis.answers import Skipped
from ssm_agent_monitor.responder.diagnosis.facts.history import AFTER, BEFORE
from ssm_agent_monitor.responder.reading import Unreadable

RESOURCES = {"Instance": "the instance", "SecurityGroup": "security group {}", "RouteTable": "route table {}"}
NOT_TARGETS = ("origin", "state", "instanceOwnerId")

Pings = dict[tuple[str, datetime], datetime]
"""The last ping of the first machine of which a change is told, by resource and time: said of the others too,
so that all of them are told together."""


Histories = dict[tuple[str, str], Any]
"""By type and id of a resource: what `read_history` gives, or an Unreadable."""


def check_changes(histories: Histories, instance: dict[str, Any], last_ping: datetime, pings: Pings) -> Any:
    """What the histories of a machine's resources say; `instance` is as in DescribeInstances."""
    subnets = {card.get("SubnetId") for card in instance["NetworkInterfaces"]}
    broken, unsure = [], [each for each in histories.values() if isinstance(each, Unreadable)]
    for (kind, name), items in histories.items():
        for position, item in enumerate([] if isinstance(items, Unreadable) else items):
            time = item["configurationItemCaptureTime"].astimezone(UTC)
            older = items[position + 1 : position + 2]
            if not last_ping - BEFORE <= time <= last_ping + AFTER:
                continue
            subject = RESOURCES[kind].format(name)
            ping = pings.setdefault((name, time), last_ping)
            minutes = round(abs(ping - time).total_seconds() / 60)
            when = f"at {time:%H:%M} UTC, {minutes} minute{'' if minutes == 1 else 's'} "
            when += f"{'before' if time <= ping else 'after'} the last ping"
            words = _difference(older[0], item, subnets, kind == "RouteTable") if older else ""
            if words:
                command = "cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,"
                do = "See who did it, and undo it if nobody meant to:"
                broken.append((f"{subject} {words} {when}", do, f"{command}AttributeValue={name}", name))
            elif not older and item.get("configurationItemStatus") != "ResourceDiscovered":
                unsure.append(
                    Unreadable(f"{subject} changed {when}, but what it was like before is not known")
                )
    if broken or unsure:
        return broken or min(unsure, key=lambda each: isinstance(each, Skipped))
    return "none recorded of the instance, its security groups and the route tables that it uses now"


def _difference(before: Any, after: Any, subnets: set[Any], with_new: bool) -> str:
    """What is gone and, of a route table, what is new: a rule or a group more cuts nothing off."""
    old, new = _connections(before, subnets), _connections(after, subnets)
    gone = [f"lost its {each}" for each in sorted(old - new)]
    return ", ".join(gone + [f"has a new {each}" for each in sorted(new - old) if gone or with_new])


def _connections(item: Any, subnets: set[Any]) -> set[str]:
    """What can cut an agent off, in words; the three types of resources have no field in common."""
    given = defaultdict(list, {key: each for key, each in _configuration(item).items() if each})
    facts = {f"association with {each.get('subnetId')}" for each in given["associations"]}
    facts &= {f"association with {subnet}" for subnet in subnets}
    for route in given["routes"]:
        ends = {key[:11]: route[key] for key in route if route[key] and key not in NOT_TARGETS}
        where, state = ends.pop("destination", "?"), "blackhole " * (route.get("state") == "blackhole")
        facts.add(f"{state}route to {next(iter(ends.values()), '?')} ({where})")
    for name, direction in (("ipPermissionsEgress", "outbound"), ("ipPermissions", "inbound")):
        for rule in given[name]:
            ports = "-".join(str(port) for port in dict.fromkeys([rule.get("fromPort"), rule.get("toPort")]))
            what = f"{direction} rule for {rule.get('ipProtocol')} {ports}".replace("-1 None", "all traffic")
            facts |= {f"{what} ({peer})" for peer in _peers(rule)}
    for card in given["networkInterfaces"]:
        facts |= {f"security group {group['groupId']}" for group in card.get("groups") or []}
    if given["iamInstanceProfile"]:
        facts.add(f"instance profile {given['iamInstanceProfile'].get('arn', '').rpartition('/')[2]}")
    if given["metadataOptions"]:
        facts.add(f"metadata endpoint ({given['metadataOptions'].get('httpEndpoint')})")
    if given["publicIpAddress"]:
        facts.add(f"public address {given['publicIpAddress']}")
    return facts


def _configuration(item: Any) -> dict[str, Any]:
    return json.loads(item.get("configuration") or "{}") or {}


def _peers(rule: dict[str, Any]) -> set[str]:
    """Ranges, prefix lists and groups; items before 2018 have ranges as texts alone."""
    peers = [each for value in rule.values() if isinstance(value, list) for each in value]
    keys = ("cidrIp", "cidrIpv6", "prefixListId", "groupId")
    return {
        next((each[key] for key in keys if each.get(key)), "?") if isinstance(each, dict) else each
        for each in peers
    }
