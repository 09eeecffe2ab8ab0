"""Check `trust`: whether EC2 may assume the role of the instance profile."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.check import AfterReboot, Check
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.finding import Finding
from ssm_agent_monitor.responder.diagnosis.identity.choice import (
    READS,
    of_permissions,
    of_the_role,
    role_trust,
)


def _look(facts: Facts) -> list[Finding]:
    return of_the_role(facts, role_trust)


TRUST = Check(
    id="trust",
    title="the role's trust policy",
    cause="a role that EC2 may not assume",
    reads=READS,
    broken_when="EC2 may not assume the role",
    cannot_see="conditions: could not check",
    after_reboot=AfterReboot.STAYS,
    run=of_permissions(_look),
)
