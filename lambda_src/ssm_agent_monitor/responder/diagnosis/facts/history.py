"""What AWS Config has recorded of a machine and its surroundings when its agent was last heard of."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.diagnosis.facts.connections import connections_of
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


@dataclass(frozen=True, slots=True)
class Resource:
    """What can cut an instance off: `kind` is `Instance`, `SecurityGroup` or `RouteTable`."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a resource was like from a `time` on (UTC); `is_first`: Config recorded nothing of it before."""

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

    None: Config does not record each change of the resource. `subnet_ids` are those of the machine.
    """

    def call() -> list[Recorded] | None:
        items, has_more = _items(reader, resource, last_ping)
        is_off = any("NotRecorded" in each.get("configurationItemStatus", "") for each in items[:1])
        is_daily = any(each.get("recordingFrequency") == "DAILY" for each in items[:1])
        is_recorded = not (is_off or is_daily) and (items or has_more)
        return [_recorded(each, subnet_ids) for each in items] if is_recorded else None

    return reader.read(f"the history of {resource.id}", call)


def _items(
    reader: Reader, resource: Resource, last_ping: datetime
) -> tuple[list[ConfigurationItemTypeDef], bool]:
    """The configuration items, and whether there are more."""
    config, until = reader.client("config"), last_ping + AFTER
    asked = {"resourceType": f"AWS::EC2::{resource.kind}", "resourceId": resource.id, "limit": 20}
    if until < reader.now:
        asked["laterTime"] = until
    items: list[ConfigurationItemTypeDef] = []
    for _ in range(MOST_PAGES):
        page: GetResourceConfigHistoryResponseTypeDef
        try:
            page = config.get_resource_config_history(**asked)
        except (
            config.exceptions.ResourceNotDiscoveredException,
            config.exceptions.NoAvailableConfigurationRecorderException,
        ):
            return [], False
        items += page.get("configurationItems", [])
        asked["nextToken"] = page.get("nextToken", "")
        is_enough = not items or items[-1]["configurationItemCaptureTime"] < last_ping - BEFORE
        if is_enough or not asked["nextToken"] or reader.is_late():
            break
    return items, bool(asked["nextToken"])


def _recorded(item: ConfigurationItemTypeDef, subnet_ids: Container[str]) -> Recorded:
    return Recorded(
        item["configurationItemCaptureTime"].astimezone(UTC),
        item.get("configurationItemStatus") == "ResourceDiscovered",
        connections_of(item.get("configuration", ""), subnet_ids),
    )
