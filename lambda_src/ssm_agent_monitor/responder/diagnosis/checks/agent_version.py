"""Check `agent-version`: whether the agent is too old."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.check import AfterReboot, Check, of_machines
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.finding import Finding, fine, not_looked_at
from ssm_agent_monitor.responder.diagnosis.identity import too_old
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.reading import UnsureError, sure
from ssm_agent_monitor.shared.versions import HOST_MANAGEMENT_SINCE, version_of, written


def _look(facts: Facts, instance: Instance | None) -> list[Finding]:
    """From the version that Systems Manager has on record."""
    agent = sure(facts.machine.agent)
    if agent is None:
        return [not_looked_at("Systems Manager has no record of the agent")]
    version = version_of(agent.version)
    if version is None:
        raise UnsureError(f"its version is {agent.version}")
    if version >= HOST_MANAGEMENT_SINCE:
        return [fine(f"SSM Agent {agent.version}")]
    if instance is None or instance.profile_arn:
        raise UnsureError(f"SSM Agent {agent.version} is old, and AWS does not say which is too old")
    works = f"it works from {written(HOST_MANAGEMENT_SINCE)} on without an instance profile"
    return too_old(facts, f"SSM Agent {agent.version} is too old: {works}")


AGENT_VERSION = Check(
    id="agent-version",
    title="version of SSM Agent",
    cause="an SSM Agent that is too old",
    broken_when="older than 3.2.582.0 without an instance profile",
    cannot_see="AWS names no oldest version otherwise: could not check",
    after_reboot=AfterReboot.STAYS_ON_THE_MACHINE,
    run=of_machines(_look),
)
