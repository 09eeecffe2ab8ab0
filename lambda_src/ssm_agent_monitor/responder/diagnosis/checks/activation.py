"""Check `activation`: whether the activation of a hybrid node could register it anew.

A node that is registered needs its activation no more, so one that is used up or expired (most are, after a
day) breaks nothing by itself. It matters if the node lost its registration, which is not visible from AWS.
"""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.check import AfterReboot, Check, of_machines
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.machine import read_activation
from ssm_agent_monitor.responder.diagnosis.finding import Finding, fine, not_looked_at
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.reading import UnsureError


def _look(facts: Facts, instance: Instance | None) -> list[Finding]:
    if instance:
        return [not_looked_at("it has no meaning for an EC2 instance")]
    agent = facts.machine.known_agent
    activation_id = agent.activation_id if agent else ""
    problem = read_activation(facts.reader, activation_id) if activation_id else None
    if problem is None:
        raise UnsureError("the node's activation is gone or unknown")
    if problem:
        needs = "a node that has lost its registration needs a new one"
        raise UnsureError(f"activation {activation_id} {problem}: {needs}")
    return [fine(f"activation {activation_id} can register nodes")]


ACTIVATION = Check(
    id="activation",
    title="hybrid activation",
    cause="a hybrid activation that is used up",
    reads=("ssm:DescribeActivations",),
    broken_when="never: an activation that has expired or is used up matters to new registrations only. "
    "It is mentioned",
    cannot_see="the site's network",
    after_reboot=AfterReboot.STAYS_ON_THE_MACHINE,
    run=of_machines(_look),
)
