"""Checks `profile` and `profile-role`: whether an instance has a profile, and whether that has its role."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.diagnosis.answers import Skipped
from ssm_agent_monitor.responder.reading import Unreadable

LIVE_STATES = ("associating", "associated")
ENDED_STATES = ("disassociating", "disassociated")


def live_profile(associations: Any, instance_id: str, account_id: str) -> Any:
    """The association of an instance that counts, with `Name` of its profile; `{}`: there is none.

    `associations` are those of several instances, as DescribeIamInstanceProfileAssociations has them, or an
    Unreadable, which is returned.
    """
    if isinstance(associations, Unreadable):
        return associations
    own = [each for each in associations if each["InstanceId"] == instance_id]
    strange = [each.get("State") for each in own if each.get("State") not in LIVE_STATES + ENDED_STATES]
    live = [each for each in own if each.get("State") in LIVE_STATES]
    if strange or len(live) > 1:
        return Unreadable(f"its instance profile is {strange[0] if strange else 'being replaced'}")
    if not live:
        return {}
    arn = live[0]["IamInstanceProfile"]["Arn"]
    if arn.split(":")[4] != account_id:
        return Unreadable(f"{arn} is in another account")
    return live[0] | {"Name": arn.rpartition("/")[2]}


def check_profile(live: Any, host_role: Any, instance_id: str) -> Any:
    """From what `live_profile` and `host_role_of` say.

    Without a profile but with Default Host Management it is neither fine nor broken: that has its own check.
    """
    if isinstance(live, Unreadable):
        return live
    if live:
        being = "being attached" if live["State"] == "associating" else "attached"
        return f"instance profile {live['Name']} is {being}"
    if isinstance(host_role, Unreadable):
        return Unreadable(f"no instance profile is attached, and {host_role}")
    if host_role:
        return Skipped("no instance profile is attached: Default Host Management is on in its place")
    found = "no instance profile is attached, and Default Host Management is off"
    command = f"ec2 associate-iam-instance-profile --instance-id {instance_id}"
    return [(found, "Attach one:", f"{command} --iam-instance-profile Name=NAME")]


def check_profile_role(live: dict[str, Any], profile: Any) -> Any:
    """From a live association and its profile, as GetInstanceProfile has it: `{}` if it is gone."""
    if isinstance(profile, Unreadable):
        return profile
    name, attached = live["Name"], live["IamInstanceProfile"].get("Id")
    replace = f"ec2 replace-iam-instance-profile-association --association-id {live['AssociationId']}"
    if not profile:
        found = f"instance profile {name} is attached, but was deleted"
        return [(found, "Attach another in its place:", f"{replace} --iam-instance-profile Name=NAME", name)]
    if attached and attached != profile.get("InstanceProfileId", attached):
        found = f"instance profile {name} was deleted and created anew: the one attached is gone"
        return [(found, "Attach the new one:", f"{replace} --iam-instance-profile Name={name}", name)]
    if not profile.get("Roles"):
        command = f"iam add-role-to-instance-profile --instance-profile-name {name} --role-name ROLE_NAME"
        return [(f"instance profile {name} holds no role", "Put a role into it:", command, name)]
    return f"instance profile {name} holds role {profile['Roles'][0]['RoleName']}"
