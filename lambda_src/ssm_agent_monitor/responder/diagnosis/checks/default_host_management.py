"""Check `default-host-management`: what serves instances without a profile that they can use."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis import identity
from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.identity import read_host_setting
from ssm_agent_monitor.responder.diagnosis.finding import Finding, not_looked_at


def _look(facts: Facts) -> list[Finding]:
    if identity.usable_profile(facts):
        return [not_looked_at("the instance profile comes first")]
    if identity.live_association(facts) and not read_host_setting(facts.reader).role:
        return [not_looked_at(identity.HOST_MANAGEMENT_OFF)]
    return identity.host_management_findings(facts)


DEFAULT_HOST_MANAGEMENT = Check(
    id="default-host-management",
    title="Default Host Management",
    cause="a fault in Default Host Management",
    reads=identity.READS,
    broken_when="where no profile is attached: it is off. Where none is, or the one attached cannot be used: "
    "its role is gone, is not trusted, or lacks a right; it was switched on less than 30 minutes ago (wait)",
    run=identity.of_permissions(_look),
)
