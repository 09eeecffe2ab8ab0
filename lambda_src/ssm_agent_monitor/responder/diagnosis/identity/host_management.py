"""Whether Default Host Management, where it is on, gives an agent its permissions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.host_setting import HostManagement, read_host_setting
from ssm_agent_monitor.responder.diagnosis.facts.identity import read_role
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict, broken, fine
from ssm_agent_monitor.responder.diagnosis.identity.role import rights_findings, trust_findings
from ssm_agent_monitor.responder.reading import UnsureError
from ssm_agent_monitor.shared.host_management import SETTING_ID, SPREAD
from ssm_agent_monitor.shared.versions import HOST_MANAGEMENT_SINCE, version_of

POLICY = "AmazonSSMManagedEC2InstanceDefaultPolicy"
ROLE = "service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole"


def host_management_findings(facts: Facts) -> list[Finding]:
    """What is found of it where an agent has no profile that it can use: all that is broken.

    Raises:
        UnsureError: nothing is broken, but a part could not be checked; it is the first one's.
    """
    setting = read_host_setting(facts.reader)
    if not setting.role:
        command = f"ssm update-service-setting --setting-id {SETTING_ID} --setting-value {ROLE}"
        do = "Attach an instance profile, or create this role and switch it on for all instances without one:"
        return [broken("Default Host Management is off", [], do, facts.place.command(command))]
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
    return rights_findings(facts, setting.role, role.arn, POLICY) if role else []


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
