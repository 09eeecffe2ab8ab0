"""What AWS Config has recorded of a machine and its surroundings when its agent was last heard of."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from ssm_agent_monitor.responder.diagnosis.network.records import RouteTable
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.reading import Reader

if TYPE_CHECKING:
    from mypy_boto3_config.type_defs import ConfigurationItemTypeDef, GetResourceConfigHistoryResponseTypeDef

BEFORE = timedelta(minutes=30)
AFTER = timedelta(minutes=10)
"""An agent pings every 5 minutes, so what cut it off may have come after its last ping; and Config records a
change some minutes after it was made."""

MOST_PAGES = 60
"""A page looks back over seven days, and may be empty. If something has changed around the last ping, what
was there before is looked for up to 14 months back."""

NOT_TARGETS = ("origin", "state", "instanceOwnerId")

Part = Mapping[str, Any]
"""Of what Config recorded of a resource."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What can cut an instance off: `kind` is `Instance`, `SecurityGroup` or `RouteTable`."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a resource was like from a `time` on (UTC); `is_first`: Config recorded nothing of it before.

    `connections` are what an agent may need of it, in words.
    """

    time: datetime
    is_first: bool
    connections: frozenset[str]


def resources_of(instance: Instance, tables: Sequence[RouteTable]) -> tuple[Resource, ...]:
    """Itself, its security groups and its route tables.

    `tables` are those of its VPC. A subnet whose table is not among them has the id ``.
    """
    found = [Resource("Instance", instance.id)]
    found += [Resource("SecurityGroup", each) for card in instance.interfaces for each in card.group_ids]
    main = [table.id for table in tables if table.is_main]
    for card in instance.interfaces:
        own = [table.id for table in tables if card.subnet_id in table.subnet_ids]
        found.append(Resource("RouteTable", [*own, *main, ""][0]))
    return tuple(dict.fromkeys(found))


def read_history(
    reader: Reader, resource: Resource, last_ping: datetime, subnet_ids: Container[str]
) -> list[Recorded] | None:
    """What was recorded around the last ping, the newest first, and one from before it, if found.

    None: the resource has no id, or Config does not record each change of it. `subnet_ids` are those of the
    machine.
    """

    def call() -> list[Recorded] | None:
        items = _items(reader, resource, last_ping)
        return None if items is None else [_recorded(each, subnet_ids) for each in items]

    return reader.read(f"the history of {resource.id}", call) if resource.id else None


def _items(reader: Reader, resource: Resource, last_ping: datetime) -> list[ConfigurationItemTypeDef] | None:
    config, until = reader.client("config"), last_ping + AFTER
    asked = {"resourceType": f"AWS::EC2::{resource.kind}", "resourceId": resource.id, "limit": 20}
    if until < reader.now:
        asked["laterTime"] = until
    items: list[ConfigurationItemTypeDef] = []
    has_more = False
    page: GetResourceConfigHistoryResponseTypeDef
    try:
        for page in islice(config.get_paginator("get_resource_config_history").paginate(**asked), MOST_PAGES):
            items += page.get("configurationItems", [])
            has_more = "nextToken" in page
            is_enough = not items or items[-1]["configurationItemCaptureTime"] < last_ping - BEFORE
            if is_enough or reader.is_late():
                break
    except (
        config.exceptions.ResourceNotDiscoveredException,
        config.exceptions.NoAvailableConfigurationRecorderException,
    ):
        return None
    if not items:
        return items if has_more else None
    is_off = "NotRecorded" in items[0].get("configurationItemStatus", "")
    return None if is_off or items[0].get("recordingFrequency") == "DAILY" else items


def _recorded(item: ConfigurationItemTypeDef, subnet_ids: Container[str]) -> Recorded:
    known = json.loads(item.get("configuration") or "{}") or {}
    given = defaultdict(list, {key: each for key, each in known.items() if each})
    return Recorded(
        item["configurationItemCaptureTime"].astimezone(UTC),
        item.get("configurationItemStatus") == "ResourceDiscovered",
        frozenset(_connections(given, subnet_ids)),
    )


def _connections(given: Part, subnet_ids: Container[str]) -> Iterator[str]:
    """The three types of resources have no field in common. Associations with other subnets are left out."""
    for each in given["associations"]:
        if each.get("subnetId") in subnet_ids:
            yield f"association with {each['subnetId']}"
    for route in given["routes"]:
        ends = {key[:11]: route[key] for key in route if route[key] and key not in NOT_TARGETS}
        where, state = ends.pop("destination", "?"), "blackhole " * (route.get("state") == "blackhole")
        yield f"{state}route to {next(iter(ends.values()), '?')} ({where})"
    for name, direction in (("ipPermissionsEgress", "outbound"), ("ipPermissions", "inbound")):
        for rule in given[name]:
            ports = "-".join(str(port) for port in dict.fromkeys([rule.get("fromPort"), rule.get("toPort")]))
            what = f"{direction} rule for {rule.get('ipProtocol')} {ports}".replace("-1 None", "all traffic")
            yield from (f"{what} ({peer})" for peer in _peers(rule))
    for card in given["networkInterfaces"]:
        yield from (f"security group {group['groupId']}" for group in card.get("groups") or [])
    if profile := given["iamInstanceProfile"]:
        yield f"instance profile {profile.get('arn', '').rpartition('/')[2]}"
    if options := given["metadataOptions"]:
        yield f"metadata endpoint ({options.get('httpEndpoint')})"
    if address := given["publicIpAddress"]:
        yield f"public address {address}"


def _peers(rule: Part) -> set[str]:
    """Ranges, prefix lists and groups; items before 2018 have ranges as texts alone."""
    peers = [each for value in rule.values() if isinstance(value, list) for each in value]
    keys = ("cidrIp", "cidrIpv6", "prefixListId", "groupId")
    return {
        next((each[key] for key in keys if each.get(key)), "?") if isinstance(each, dict) else each
        for each in peers
    }
