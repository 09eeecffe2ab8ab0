"""Of which machines a check has no meaning."""

from __future__ import annotations

from collections.abc import Callable

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.finding import Finding, not_looked_at
from ssm_agent_monitor.responder.machines.instance import Instance

Run = Callable[[Facts], list[Finding]]

NOT_OF_NODES = "it has no meaning for a hybrid node"


def of_instances(look: Callable[[Facts, Instance], list[Finding]], of_nodes: str = NOT_OF_NODES) -> Run:
    """A check of EC2 instances that no service operates. `of_nodes` says why it looks at no hybrid node."""

    def run(facts: Facts) -> list[Finding]:
        instance = facts.instance
        if instance is None:
            return [not_looked_at(of_nodes)]
        return [operated(instance)] if instance.operator else look(facts, instance)

    return run


def operated(instance: Instance) -> Finding:
    """Of an instance that a service operates."""
    return not_looked_at(f"{instance.operator} operates it, without Systems Manager")
