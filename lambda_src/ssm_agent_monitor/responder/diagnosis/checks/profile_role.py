"""Check `profile-role`: whether the instance profile that is attached still holds its role."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis import identity
from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.finding import Finding


def _look(facts: Facts) -> list[Finding]:
    finding, _ = identity.profile_role(facts)
    return identity.if_it_matters(facts, [finding])


PROFILE_ROLE = Check(
    id="profile-role",
    title="the instance profile's role",
    cause="an instance profile without its role",
    reads=identity.READS,
    broken_when="the profile was deleted, was made anew since, or holds no role",
    run=identity.of_permissions(_look),
)
