"""What gives an agent its permissions: its instance profile, or else Default Host Management.

It goes on to Default Host Management only if the profile doesn't let it call `ssm:UpdateInstanceInformation`.
So a fault of the profile matters for certain only where Default Host Management can't take its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC

from ssm_agent_monitor.responder.diagnosis.check import Run, of_instances
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.identity import (
    Association,
    HostManagement,
    Profile,
    read_associations,
    read_host_setting,
    read_profile,
    read_role,
)
from ssm_agent_monitor.responder.diagnosis.facts.simulation import UPDATE_CALL, read_decisions
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict, broken, fine, not_looked_at
from ssm_agent_monitor.responder.diagnosis.roles import rights_findings, trust_findings
from ssm_agent_monitor.responder.reading import UnsureError
from ssm_agent_monitor.shared.host_management import SETTING_ID, SPREAD
from ssm_agent_monitor.shared.versions import HOST_MANAGEMENT_SINCE, version_of

READS = (
    "ec2:DescribeIamInstanceProfileAssociations",
    "iam:GetInstanceProfile",
    "iam:GetRole",
    "iam:SimulatePrincipalPolicy",
    "ssm:GetServiceSetting",
)
"""What a check reads that has to know which of the two the agent uses."""

NO_PROFILE = "no instance profile is attached"
HOST_MANAGEMENT_OFF = "Default Host Management is off"

LIVE_STATES = ("associating", "associated")
ENDED_STATES = ("disassociating", "disassociated")

PROFILE_POLICY = "AmazonSSMManagedInstanceCore"
HOST_MANAGEMENT_POLICY = "AmazonSSMManagedEC2InstanceDefaultPolicy"
"""AWS's policies for the role of a profile, and for that of Default Host Management."""

HOST_MANAGEMENT_ROLE = "service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole"


def of_permissions(look: Run) -> Run:
    """A check of what gives an instance its permissions."""
    return of_instances(lambda facts, _instance: look(facts), "it is a hybrid node")


def live_association(facts: Facts) -> Association | None:
    """The association of a machine that counts; None: no profile is attached.

    Raises UnsureError if it is not certain which does, or its profile is in another account.
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
    name = association.profile
    profile = read_profile(facts.reader, name)
    replace = f"ec2 replace-iam-instance-profile-association --association-id {association.id}"
    if profile is None:
        found, do = "is attached, but was deleted", "Attach another in its place:"
        command = f"{replace} --iam-instance-profile Name=NAME"
    elif association.profile_id and profile.id not in ("", association.profile_id):
        found, do = "was deleted and created anew: the one attached is gone", "Attach the new one:"
        command = f"{replace} --iam-instance-profile Name={name}"
    elif not profile.role:
        found, do = "holds no role", "Put a role into it:"
        command = f"iam add-role-to-instance-profile --instance-profile-name {name} --role-name ROLE_NAME"
    else:
        return fine(f"instance profile {name} holds role {profile.role}"), profile
    return broken(f"instance profile {name} {found}", [name], do, facts.place.command(command)), None


def of_role(look: Callable[[Facts, Profile], list[Finding]]) -> Run:
    """A check of the role that the profile holds."""

    def run(facts: Facts) -> list[Finding]:
        finding, profile = profile_role(facts)
        if profile:
            return if_it_matters(facts, look(facts, profile))
        return [not_looked_at("the instance profile has no role") if is_broken([finding]) else finding]

    return of_permissions(run)


def if_it_matters(facts: Facts, findings: list[Finding]) -> list[Finding]:
    """Raises UnsureError if something is broken, but Default Host Management may take the profile's place."""
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
    """The profile that the agent uses; None: it goes on to Default Host Management. Raises UnsureError."""
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


def host_management_findings(facts: Facts) -> list[Finding]:
    """All that is broken in it. Raises UnsureError: nothing is, but a part could not be checked."""
    setting = read_host_setting(facts.reader)
    if not setting.role:
        set_to = f"--setting-id {SETTING_ID} --setting-value {HOST_MANAGEMENT_ROLE}"
        do = "Attach an instance profile, or create this role and switch it on for all instances without one:"
        command = facts.place.command(f"ssm update-service-setting {set_to}")
        return [broken(HOST_MANAGEMENT_OFF, [], do, command)]
    findings: list[Finding] = []
    unsure: list[UnsureError] = []
    for part in (_of_agent, _of_trust, _of_rights, _of_change):
        try:
            findings += [each for each in part(facts, setting) if is_broken([each])]
        except UnsureError as error:
            unsure.append(error)
    if unsure and not findings:
        raise unsure[0]
    return findings or [fine(f"Default Host Management is on, with role {setting.role}")]


def is_broken(findings: Iterable[Finding]) -> bool:
    """Whether any of them says so."""
    return any(each.verdict is Verdict.BROKEN for each in findings)


def attach_command(facts: Facts) -> str:
    """What attaches an instance profile."""
    command = f"ec2 associate-iam-instance-profile --instance-id {facts.machine.id}"
    return facts.place.command(f"{command} --iam-instance-profile Name=NAME")


def too_old(facts: Facts, found: str) -> list[Finding]:
    """Of an agent that is too old to be without a profile."""
    return [broken(found, [], "Update it on the machine, or attach a profile:", attach_command(facts))]


def _of_agent(facts: Facts, _setting: HostManagement) -> list[Finding]:
    version = facts.machine.agent_version
    known = version_of(version)
    if known is None:
        raise UnsureError(f"the version of SSM Agent is {version}")
    is_old = known < HOST_MANAGEMENT_SINCE
    return too_old(facts, f"SSM Agent {version} is too old for Default Host Management") if is_old else []


def _of_trust(facts: Facts, setting: HostManagement) -> list[Finding]:
    return trust_findings(facts, setting.role, ["ssm.amazonaws.com"])


def _of_rights(facts: Facts, setting: HostManagement) -> list[Finding]:
    role = read_role(facts.reader, setting.role)
    return rights_findings(facts, setting.role, role.arn, HOST_MANAGEMENT_POLICY) if role else []


def _of_change(facts: Facts, setting: HostManagement) -> list[Finding]:
    """Broken while a change still spreads: to wait is what is to do."""
    if not setting.changed:
        raise UnsureError("when Default Host Management was switched on is unknown")
    if facts.now - setting.changed >= SPREAD:
        return []
    when = f"{setting.changed.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    found = f"Default Host Management was changed at {when}, and needs up to 30 minutes"
    command = facts.place.command(f"ssm get-service-setting --setting-id {SETTING_ID}")
    return [broken(found, [], "Wait; this shows the setting:", command)]
