"""What AWS Config has recorded of a machine and its surroundings when its agent was last heard of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ssm_agent_monitor.responder.diagnosis.answers import Skipped
from ssm_agent_monitor.responder.reading import Reader

BEFORE = timedelta(minutes=30)
AFTER = timedelta(minutes=10)
"""An agent pings every 5 minutes, so what cut it off may have come after its last ping; and Config records a
change some minutes after it was made."""

MOST_PAGES = 60
"""A page looks back over seven days, and may be empty. If something has changed around the last ping, what
was there before is looked for up to 14 months back."""


def resources_of(instance: dict[str, Any], tables: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Type and id of what can cut an instance off: itself, its security groups and its route tables.

    `tables` are the route tables of its VPC. A subnet whose table is not among them has the id ``.
    """
    cards = instance["NetworkInterfaces"]
    found = [("Instance", instance["InstanceId"])]
    found += [("SecurityGroup", group["GroupId"]) for card in cards for group in card.get("Groups", [])]
    used = [(each, table["RouteTableId"]) for table in tables for each in table.get("Associations", [])]
    main = [table for each, table in used if each.get("Main")]
    for card in cards:
        own = [table for each, table in used if each.get("SubnetId") == card.get("SubnetId")]
        found.append(("RouteTable", [*own, *main, ""][0]))
    return list(dict.fromkeys(found))


def read_history(reader: Reader, kind: str, resource_id: str, last_ping: datetime) -> Any:
    """The configuration items around the last ping, the newest first, and one from before them, if found.

    Skipped if Config does not record each change of the resource.
    """
    skipped = Skipped(f"AWS Config does not record each change of AWS::EC2::{kind} here")
    if not resource_id:
        return Skipped("its route table is not visible in this account")
    config = reader.client("config")
    items: list[dict[str, Any]] = []
    until = last_ping + AFTER
    more: dict[str, Any] = {"laterTime": until} if until < reader.now else {}
    for _ in range(MOST_PAGES):
        try:
            page = config.get_resource_config_history(
                resourceType=f"AWS::EC2::{kind}",
                resourceId=resource_id,
                limit=20,
                **more,
            )
        except (
            config.exceptions.ResourceNotDiscoveredException,
            config.exceptions.NoAvailableConfigurationRecorderException,
        ):
            return skipped
        items += page.get("configurationItems", [])
        more["nextToken"] = page.get("nextToken", "")
        is_enough = not items or items[-1]["configurationItemCaptureTime"] < last_ping - BEFORE
        if is_enough or not more["nextToken"] or reader.is_late():
            break
    newest = items[0] if items else {}
    is_off = "NotRecorded" in newest.get("configurationItemStatus", "")
    return (
        skipped
        if is_off or newest.get("recordingFrequency") == "DAILY" or not (items or more["nextToken"])
        else items
    )
