"""Check `rights`: whether the role of the instance profile may do all that the agent needs."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis import identity
from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.identity import Profile
from ssm_agent_monitor.responder.diagnosis.finding import Finding
from ssm_agent_monitor.responder.diagnosis.roles import rights_findings


def _look(facts: Facts, profile: Profile) -> list[Finding]:
    return rights_findings(facts, profile.role, profile.role_arn, identity.PROFILE_POLICY)


RIGHTS = Check(
    id="rights",
    title="the role's permissions",
    cause="a role that lacks a permission",
    reads=identity.READS,
    broken_when="the role may not do `ssm:UpdateInstanceInformation` on this instance, or one of the four "
    "`ssmmessages` actions (agents older than 3.3.40: `ec2messages:GetMessages` too); it says who denies it: "
    "no policy, a Deny, a permissions boundary, the organization",
    cannot_see="resource control policies; conditions whose keys the simulator isn't told. Since July 2026 "
    "it applies the organization's policies: such a condition in one of them reads as a denial",
    run=identity.of_role(_look),
)
