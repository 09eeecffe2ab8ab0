"""Which the agent uses: its instance profile, or Default Host Management.

It goes on to Default Host Management only if the profile doesn't let it call `ssm:UpdateInstanceInformation`.
So a fault of the profile matters for certain only where Default Host Management can't take its place.
"""

from __future__ import annotations

from collections.abc import Callable

from ssm_agent_monitor.responder.diagnosis.check import Run, of_instances
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.host_setting import read_host_setting
from ssm_agent_monitor.responder.diagnosis.facts.identity import (
    Association,
    Profile,
    read_associations,
    read_profile,
)
from ssm_agent_monitor.responder.diagnosis.facts.simulation import UPDATE_CALL, read_decisions
from ssm_agent_monitor.responder.diagnosis.finding import Finding, broken, fine, not_looked_at
from ssm_agent_monitor.responder.diagnosis.identity.host_management import host_management_findings, is_broken
from ssm_agent_monitor.responder.diagnosis.identity.role import trust_findings
from ssm_agent_monitor.responder.reading import UnsureError

LIVE_STATES = ("associating", "associated")
ENDED_STATES = ("disassociating", "disassociated")

NO_PROFILE = "no instance profile is attached"
HOST_MANAGEMENT_OFF = "Default Host Management is off"

POLICY = "AmazonSSMManagedInstanceCore"
"""AWS's policy for a profile's role."""

READS = (
    "ec2:DescribeIamInstanceProfileAssociations",
    "iam:GetInstanceProfile",
    "iam:GetRole",
    "iam:SimulatePrincipalPolicy",
    "ssm:GetServiceSetting",
)
"""What a check reads that has to know which of the two the agent uses."""


def of_permissions(look: Run) -> Run:
    """A check of what gives an instance its permissions."""
    return of_instances(lambda facts, _instance: look(facts), "it is a hybrid node")


def live_association(facts: Facts) -> Association | None:
    """The association of a machine that counts; None: no profile is attached.

    Raises:
        UnsureError: it is not certain which does, or its profile is in another account.
    """
    own = [each for each in read_associations(facts) if each.instance_id == facts.machine.id]
    live = [each for each in own if each.state in LIVE_STATES]
    strange = [each.state for each in own if each.state not in LIVE_STATES + ENDED_STATES]
    if strange or len(live) > 1:
        raise UnsureError(f"its instance profile is {strange[0] if strange else 'being replaced'}")
    if not live:
        return None
    if live[0].profile_arn.split(":")[4] != facts.place.account_id:
        raise UnsureError(f"{live[0].profile_arn} is in another account")
    return live[0]


def profile_role(facts: Facts) -> tuple[Finding, Profile | None]:
    """Whether the profile that is attached holds its role; the profile, if it does. Raises UnsureError."""
    association = live_association(facts)
    if association is None:
        return not_looked_at(NO_PROFILE), None
    name, place = association.profile, facts.place
    profile = read_profile(facts.reader, name)
    replace = f"ec2 replace-iam-instance-profile-association --association-id {association.id}"
    if profile is None:
        found = f"instance profile {name} is attached, but was deleted"
        command = place.command(f"{replace} --iam-instance-profile Name=NAME")
        return broken(found, [name], "Attach another in its place:", command), None
    if association.profile_id and profile.id not in ("", association.profile_id):
        found = f"instance profile {name} was deleted and created anew: the one attached is gone"
        command = place.command(f"{replace} --iam-instance-profile Name={name}")
        return broken(found, [name], "Attach the new one:", command), None
    if not profile.role:
        add = f"iam add-role-to-instance-profile --instance-profile-name {name} --role-name ROLE_NAME"
        found = f"instance profile {name} holds no role"
        return broken(found, [name], "Put a role into it:", place.command(add)), None
    return fine(f"instance profile {name} holds role {profile.role}"), profile


def of_role(look: Callable[[Facts, Profile], list[Finding]]) -> Run:
    """A check of the role that the profile holds."""

    def run(facts: Facts) -> list[Finding]:
        finding, profile = profile_role(facts)
        if profile:
            return if_it_matters(facts, look(facts, profile))
        return [not_looked_at("the instance profile has no role") if is_broken([finding]) else finding]

    return of_permissions(run)


def if_it_matters(facts: Facts, findings: list[Finding]) -> list[Finding]:
    """What is found of the instance profile.

    Raises:
        UnsureError: it is broken, but the agent may use Default Host Management in its place.
    """
    if is_broken(findings) and _may_use_host_management(facts):
        raise UnsureError(f"{findings[0].found}; the agent may use Default Host Management instead")
    return findings


def _may_use_host_management(facts: Facts) -> bool:
    try:
        if not read_host_setting(facts.reader).role:
            return False
    except UnsureError:
        return False
    try:
        return usable_profile(facts) is None and not is_broken(host_management_findings(facts))
    except UnsureError:
        return True


def usable_profile(facts: Facts) -> Profile | None:
    """The profile that the agent uses; None: it can't, and goes on to Default Host Management.

    Raises:
        UnsureError: it is not certain.
    """
    try:
        _, profile = profile_role(facts)
        if profile is None:
            return None
        update = read_decisions(facts, profile.role_arn)[UPDATE_CALL]
        if update.denier or is_broken(role_trust(facts, profile)):
            return None
        if update.unsure:
            raise UnsureError(update.unsure)
    except UnsureError as why:
        raise UnsureError("whether the agent can use its instance profile is not certain") from why
    return profile


def role_trust(facts: Facts, profile: Profile) -> list[Finding]:
    """Whether EC2 may assume the role that a profile holds. Raises UnsureError."""
    services = ["ec2.amazonaws.com", *["ec2.amazonaws.com.cn"] * (facts.place.partition == "aws-cn")]
    return trust_findings(facts, profile.role, services)
