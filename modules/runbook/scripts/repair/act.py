"""Step Act of the repair: decides anew whether the machine may be repaired, and repairs it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from calls import client
from host_setting import host_role_of
from output_text import output_of
from reading import Unreadable, read
from repair_decision import RepairFacts, decide
from repair_facts import read_repair_facts
from repair_words import repair_in_words
from running_repairs import repairs_ahead


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Returns `Acted` (`attach`, `reboot` or `none`) and `Result`, what was done or why nothing was.

    Read are `InstanceId`, `Action`: what was planned, and approved, from the diagnosis's findings,
    `ExecutionId` and `Repair`: the settings.
    """
    settings, machine_id, action = events["Repair"], events["InstanceId"], events["Action"]
    ahead = read("which repairs run", lambda: repairs_ahead(settings["Document"], events["ExecutionId"]))
    facts = read_repair_facts(machine_id, [], ahead)
    if action == "reboot" and _is_served(facts):
        settings = settings | {"InstanceProfile": ""}
    decision = decide(facts, settings)
    held_back = decision["HeldBack"] or _differs(decision["Action"], action)
    if held_back:
        return _outcome("none", f"nothing was done: {'; '.join(held_back)}")
    what = repair_in_words(action, settings)
    try:
        _mark(machine_id, settings["RepairedAtTag"])
    except (BotoCoreError, ClientError) as error:
        return _outcome(
            "none", f"nothing was done: the tag {settings['RepairedAtTag']} was not written: {error}"
        )
    try:
        _act(machine_id, action, settings)
    except (BotoCoreError, ClientError) as error:
        again = f"it is not tried again within {settings['CooldownHours']} hours"
        return _outcome("none", f"to {what} failed, and {again}: {error}")
    return _outcome(action, f"{what}: done")


def _outcome(acted: str, result: str) -> dict[str, str]:
    return {"Acted": acted, "Result": output_of(result)}


def _is_served(facts: RepairFacts) -> bool:
    """Whether Default Host Management is on: a reboot was planned since it is all that a profile would be."""
    host_role = host_role_of(facts["HostManagement"])
    return bool(host_role) and not isinstance(host_role, Unreadable)


def _differs(now: str, planned: str) -> list[str]:
    return [] if now == planned else [f"what was planned ({planned}) is no longer what it needs"]


def _mark(machine_id: str, key: str) -> None:
    """Before acting: whoever stops here, or after it, keeps the next one from repairing it again."""
    tag = {"Key": key, "Value": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    client("ec2").create_tags(Resources=[machine_id], Tags=[tag])


def _act(machine_id: str, action: str, settings: dict[str, Any]) -> None:
    """Once: a call that was repeated after a lost answer would repair a second time."""
    ec2: Any = boto3.client("ec2", config=Config(retries={"total_max_attempts": 1}))
    if action == "attach":
        profile = {"Name": settings["InstanceProfile"]}
        ec2.associate_iam_instance_profile(IamInstanceProfile=profile, InstanceId=machine_id)
    else:
        ec2.reboot_instances(InstanceIds=[machine_id])
