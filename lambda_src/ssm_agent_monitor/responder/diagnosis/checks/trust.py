"""Check `trust`: whether EC2 may assume the role of the instance profile."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis import identity
from ssm_agent_monitor.responder.diagnosis.check import Check

TRUST = Check(
    id="trust",
    title="the role's trust policy",
    cause="a role that EC2 may not assume",
    reads=identity.READS,
    broken_when="EC2 may not assume the role",
    cannot_see="conditions: could not check",
    run=identity.of_role(identity.role_trust),
)
