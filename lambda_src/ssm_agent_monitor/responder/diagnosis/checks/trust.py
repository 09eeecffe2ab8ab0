"""Check `trust`: whether EC2 may assume the role of the instance profile."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.identity import choice

TRUST = Check(
    id="trust",
    title="the role's trust policy",
    cause="a role that EC2 may not assume",
    reads=choice.READS,
    broken_when="EC2 may not assume the role",
    cannot_see="conditions: could not check",
    run=choice.of_role(choice.role_trust),
)
