"""Whether Default Host Management, where it is on, gives an agent its permissions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.host_setting import HostManagement, read_host_setting
from ssm_agent_monitor.responder.diagnosis.facts.identity import read_role
from ssm_agent_monitor.responder.diagnosis.facts.simulation import read_decisions
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict, broken, fine
from ssm_agent_monitor.responder.diagnosis.identity.role import rights_findings, trust_findings
from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.reading import UnsureError
from ssm_agent_monitor.shared.host_management import SETTING_ID, SPREAD
from ssm_agent_monitor.shared.versions import HOST_MANAGEMENT_SINCE, version_of

POLICY = "AmazonSSMManagedEC2InstanceDefaultPolicy"


def host_management_findings(facts: Facts) -> list[Finding]:
    """What is found of it where an agent has no profile that it can use. Raises UnsureError."""
    setting, place = read_host_setting(facts.reader), facts.place
    name = setting.role
    if not name:
        return [_switched_off(place)]

    def trust() -> list[Finding]:
        return trust_findings(read_role(facts.reader, name), name, ["ssm.amazonaws.com"], place)

    def rights() -> list[Finding]:
        role, policy = read_role(facts.reader, name), place.managed_policy_arn(POLICY)
        if role is None:
            return []
        decisions = read_decisions(facts.reader, role.arn, place.instance_arn(facts.machine.id))
        return rights_findings(name, decisions, facts.machine.agent_version, policy, place)

    parts: list[Callable[[], list[Finding]]] = [
        partial(_agent_findings, facts.machine.agent_version, facts.machine.id, place),
        trust,
        rights,
        partial(_change_findings, setting, facts.now, place),
    ]
    return together(parts, f"Default Host Management is on, with role {name}")


def together(parts: Iterable[Callable[[], list[Finding]]], words: str) -> list[Finding]:
    """All that is broken. If nothing is, it is fine, and the words say so.

    Raises:
        UnsureError: nothing is broken, but a part could not be checked; it is the first one's.
    """
    findings: list[Finding] = []
    unsure: list[UnsureError] = []
    for part in parts:
        try:
            findings += [each for each in part() if is_broken([each])]
        except UnsureError as error:
            unsure.append(error)
    if unsure and not findings:
        raise unsure[0]
    return findings or [fine(words)]


def is_broken(findings: Iterable[Finding]) -> bool:
    """Whether any of them says so."""
    return any(each.verdict is Verdict.BROKEN for each in findings)


def _switched_off(place: Place) -> Finding:
    role = "service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole"
    command = f"ssm update-service-setting --setting-id {SETTING_ID} --setting-value {role}"
    do = "Attach an instance profile, or create this role and switch it on for all instances without one:"
    return broken("Default Host Management is off", [], do, place.command(command))


def _agent_findings(version: str, instance_id: str, place: Place) -> list[Finding]:
    """Whether an agent can do without a profile."""
    known = version_of(version)
    if known is None:
        raise UnsureError(f"the version of SSM Agent is {version}")
    if known >= HOST_MANAGEMENT_SINCE:
        return []
    found = f"SSM Agent {version} is too old for Default Host Management"
    return [broken(found, [], *update_or_attach(instance_id, place))]


def update_or_attach(instance_id: str, place: Place) -> tuple[str, str]:
    """What to do about an agent that is too old to be without a profile, and the command for it."""
    command = f"ec2 associate-iam-instance-profile --instance-id {instance_id}"
    do = "Update it on the machine, or attach a profile:"
    return do, place.command(f"{command} --iam-instance-profile Name=NAME")


def _change_findings(setting: HostManagement, now: datetime, place: Place) -> list[Finding]:
    """Broken while a change still spreads: to wait is what is to do."""
    if not setting.changed:
        raise UnsureError("when Default Host Management was switched on is unknown")
    if now - setting.changed >= SPREAD:
        return []
    when = f"{setting.changed.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    found = f"Default Host Management was changed at {when}, and needs up to 30 minutes"
    command = place.command(f"ssm get-service-setting --setting-id {SETTING_ID}")
    return [broken(found, [], "Wait; this shows the setting:", command)]
