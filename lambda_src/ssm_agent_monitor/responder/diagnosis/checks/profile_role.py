"""Check `profile-role`: whether the instance profile that is attached still holds its role."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.check import AfterReboot, Check
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.identity import read_profile
from ssm_agent_monitor.responder.diagnosis.finding import Finding, not_looked_at
from ssm_agent_monitor.responder.diagnosis.identity.choice import (
    NO_PROFILE,
    READS,
    if_it_matters,
    live_association,
    of_permissions,
    profile_role_findings,
)


def _look(facts: Facts) -> list[Finding]:
    association = live_association(facts)
    if association is None:
        return [not_looked_at(NO_PROFILE)]
    profile = read_profile(facts.reader, association.profile)
    return if_it_matters(facts, profile_role_findings(association, profile, facts.place))


PROFILE_ROLE = Check(
    id="profile-role",
    title="the instance profile's role",
    cause="an instance profile without its role",
    reads=READS,
    broken_when="the profile was deleted, was made anew since, or holds no role",
    cannot_see="",
    after_reboot=AfterReboot.STAYS,
    run=of_permissions(_look),
)
