"""What all checks of the way through a VPC have in common: the machines that have one, and who can see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.vpc import network_of
from ssm_agent_monitor.responder.diagnosis.finding import Finding, not_looked_at
from ssm_agent_monitor.responder.diagnosis.network.network import Network
from ssm_agent_monitor.responder.diagnosis.network.paths import Way, ways_of
from ssm_agent_monitor.responder.reading import UnsureError
from ssm_agent_monitor.shared.versions import version_of


def through_vpc(
    look: Callable[[Network, Sequence[Way]], list[Finding]], *, looks_at_hidden: bool = False
) -> Callable[[Facts], list[Finding]]:
    """A check that looks at a machine's VPC and its ways out of its subnets.

    Of a VPC that another account shares, endpoints, routes and ACLs can't all be seen: only a check that
    `looks_at_hidden` is made then, and its ways say so.
    """

    def run(facts: Facts) -> list[Finding]:
        instance = facts.instance
        if instance is None:
            return [not_looked_at("the network of hybrid nodes is not visible to AWS")]
        if instance.operator:
            return [not_looked_at("a service manages the machine")]
        interfaces = [each for each in instance.interfaces if each.ipv4 or each.ipv6]
        vpc_ids = sorted({each.vpc_id for each in interfaces})
        if not vpc_ids:
            raise UnsureError("it has no address")
        if len(vpc_ids) > 1:
            raise UnsureError(f"its interfaces are in several VPCs: {', '.join(vpc_ids)}")
        network = network_of(facts, vpc_ids[0])
        why_hidden = network.why_hidden(interfaces[0].subnet_id)
        if why_hidden and not looks_at_hidden:
            raise UnsureError(why_hidden)
        return look(network, ways_of(instance, version_of(facts.machine.agent_version), why_hidden))

    return run
