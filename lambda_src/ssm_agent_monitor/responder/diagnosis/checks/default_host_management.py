"""Check `default-host-management`: what serves instances without a profile that they can use."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.host_setting import read_host_setting
from ssm_agent_monitor.responder.diagnosis.finding import Finding, not_looked_at
from ssm_agent_monitor.responder.diagnosis.identity import choice
from ssm_agent_monitor.responder.diagnosis.identity.host_management import host_management_findings


def _look(facts: Facts) -> list[Finding]:
    if choice.usable_profile(facts):
        return [not_looked_at("the instance profile comes first")]
    if choice.live_association(facts) and not read_host_setting(facts.reader).role:
        return [not_looked_at(choice.HOST_MANAGEMENT_OFF)]
    return host_management_findings(facts)


DEFAULT_HOST_MANAGEMENT = Check(
    id="default-host-management",
    title="Default Host Management",
    cause="a fault in Default Host Management",
    reads=choice.READS,
    broken_when="where no profile is attached: it is off. Where none is, or the one attached cannot be used: "
    "its role is gone, is not trusted, or lacks a right; it was switched on less than 30 minutes ago (wait)",
    run=choice.of_permissions(_look),
)
