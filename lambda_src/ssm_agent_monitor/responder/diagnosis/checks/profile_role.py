"""Check `profile-role`: whether the instance profile that is attached still holds its role."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.finding import Finding
from ssm_agent_monitor.responder.diagnosis.identity import choice


def _look(facts: Facts) -> list[Finding]:
    finding, _ = choice.profile_role(facts)
    return choice.if_it_matters(facts, [finding])


PROFILE_ROLE = Check(
    id="profile-role",
    title="the instance profile's role",
    cause="an instance profile without its role",
    reads=choice.READS,
    broken_when="the profile was deleted, was made anew since, or holds no role",
    run=choice.of_permissions(_look),
)
