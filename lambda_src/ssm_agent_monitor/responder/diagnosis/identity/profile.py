"""The instance profile of a machine, and whether that is whole."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.identity import (
    Association,
    Profile,
    read_associations,
)
from ssm_agent_monitor.responder.diagnosis.finding import Finding, broken, fine
from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.reading import UnsureError

LIVE_STATES = ("associating", "associated")
ENDED_STATES = ("disassociating", "disassociated")


def live_association(facts: Facts) -> Association | None:
    """The association of a machine that counts; None: no profile is attached. Raises UnsureError."""
    own = [each for each in read_associations(facts) if each.instance_id == facts.machine.id]
    return live_of(own, facts.place.account_id)


def live_of(associations: list[Association], account_id: str) -> Association | None:
    """The one of a machine's associations that counts; None: none does.

    Raises:
        UnsureError: it is not certain which does, or its profile is in another account.
    """
    live = [each for each in associations if each.state in LIVE_STATES]
    strange = [each.state for each in associations if each.state not in LIVE_STATES + ENDED_STATES]
    if strange or len(live) > 1:
        raise UnsureError(f"its instance profile is {strange[0] if strange else 'being replaced'}")
    if not live:
        return None
    if live[0].profile_arn.split(":")[4] != account_id:
        raise UnsureError(f"{live[0].profile_arn} is in another account")
    return live[0]


def profile_role_findings(association: Association, profile: Profile | None, place: Place) -> list[Finding]:
    """Whether the profile that is attached is there, and holds a role; None: it was deleted."""
    name = association.profile
    replace = f"ec2 replace-iam-instance-profile-association --association-id {association.id}"
    if profile is None:
        found = f"instance profile {name} is attached, but was deleted"
        command = place.command(f"{replace} --iam-instance-profile Name=NAME")
        return [broken(found, [name], "Attach another in its place:", command)]
    if association.profile_id and profile.id not in ("", association.profile_id):
        found = f"instance profile {name} was deleted and created anew: the one attached is gone"
        command = place.command(f"{replace} --iam-instance-profile Name={name}")
        return [broken(found, [name], "Attach the new one:", command)]
    if not profile.role:
        add = f"iam add-role-to-instance-profile --instance-profile-name {name} --role-name ROLE_NAME"
        found = f"instance profile {name} holds no role"
        return [broken(found, [name], "Put a role into it:", place.command(add))]
    return [fine(f"instance profile {name} holds role {profile.role}")]
