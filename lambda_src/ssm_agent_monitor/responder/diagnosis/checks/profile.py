"""Check `profile`: whether an instance has an instance profile, or Default Host Management in its place."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis import identity
from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.identity import read_host_setting
from ssm_agent_monitor.responder.diagnosis.finding import Finding, broken, fine, not_looked_at
from ssm_agent_monitor.responder.reading import UnsureError


def _look(facts: Facts) -> list[Finding]:
    """Neither fine nor broken without a profile but with Default Host Management, which has its own check."""
    association = identity.live_association(facts)
    if association:
        being = "being attached" if association.state == "associating" else "attached"
        return [fine(f"instance profile {association.profile} is {being}")]
    try:
        setting = read_host_setting(facts.reader)
    except UnsureError as why:
        raise UnsureError(f"{identity.NO_PROFILE}, and {why}") from why
    if setting.role:
        return [not_looked_at(f"{identity.NO_PROFILE}: Default Host Management is on in its place")]
    found = f"{identity.NO_PROFILE}, and {identity.HOST_MANAGEMENT_OFF}"
    return [broken(found, [], "Attach one:", identity.attach_command(facts))]


PROFILE = Check(
    id="profile",
    title="instance profile",
    cause="no instance profile",
    reads=("ec2:DescribeIamInstanceProfileAssociations", "ssm:GetServiceSetting"),
    broken_when="none is associated, and Default Host Management is off",
    run=identity.of_permissions(_look),
)
