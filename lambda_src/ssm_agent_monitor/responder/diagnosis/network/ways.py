"""The ways that a machine has out of its subnets, and what several ways say together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.vpc import Network, network_of
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict, could_not_check, not_looked_at
from ssm_agent_monitor.responder.diagnosis.network.addresses import Span, span_of
from ssm_agent_monitor.responder.diagnosis.network.records import Subnet
from ssm_agent_monitor.responder.reading import UnsureError
from ssm_agent_monitor.shared.versions import Version, version_of

WORST_FIRST = [Verdict.BROKEN, Verdict.COULD_NOT_CHECK, Verdict.NOT_LOOKED_AT, Verdict.FINE]

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Way:
    """Out of an interface of a machine, or out of a NAT gateway, by a family of addresses (4 or 6).

    `is_public`: the internet can answer its addresses. `agent_version` is that of the machine's agent, if it
    is known. `why_hidden`: why what is on the way can't all be seen; empty: it can.
    """

    network: Network
    family: int
    subnet_id: str
    is_public: bool
    instance_id: str = ""
    group_ids: tuple[str, ...] = ()
    addresses: tuple[Span, ...] = ()
    agent_version: Version | None = None
    why_hidden: str = ""
    is_nat: bool = False


def through_vpc(
    look: Callable[[Network, Sequence[Way]], list[Finding]], *, looks_at_hidden: bool = False
) -> Callable[[Facts], list[Finding]]:
    """A check that looks at a machine's VPC and its ways out of its subnets.

    The ways are, of each interface, one for IPv4 and one for IPv6, if it has such addresses. Of a VPC that
    another account shares, endpoints, routes and ACLs can't all be seen: only a check that `looks_at_hidden`
    is made then, and its ways say so.
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
        network, agent_version = network_of(facts, vpc_ids[0]), version_of(facts.machine.agent_version)
        why_hidden = _why_hidden(network, interfaces[0].subnet_id)
        if why_hidden and not looks_at_hidden:
            raise UnsureError(why_hidden)
        ways = [
            Way(
                network=network,
                family=family,
                subnet_id=interface.subnet_id,
                is_public=family == 6 or bool(interface.public_ip),
                instance_id=instance.id,
                group_ids=interface.group_ids,
                addresses=tuple(map(span_of, addresses)),
                agent_version=agent_version,
                why_hidden=why_hidden,
            )
            for interface in interfaces
            for family, addresses in ((4, interface.ipv4), (6, interface.ipv6))
            if addresses
        ]
        return look(network, ways)

    return run


def _why_hidden(network: Network, subnet_id: str) -> str:
    """Why the machine's account can't see all that is on the way; empty: it can."""
    try:
        owner = network.one(Subnet, subnet_id).owner_id
    except UnsureError as why:
        return str(why)
    is_own, what = owner in ("", network.place.account_id), "endpoints, routes and ACLs can't all be seen"
    return "" if is_own else f"{network.vpc_id} is shared by account {owner}, whose {what}"


def checked(look: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Finding:
    """What is found; that it could not be checked, if it is unsure."""
    try:
        return look(*args, **kwargs)
    except UnsureError as why:
        return could_not_check(str(why))


def worst_of(findings: Iterable[Finding]) -> list[Finding]:
    """Of findings that must all be fine: those that are broken, each once, or else the worst one."""
    ordered = sorted(findings, key=lambda each: WORST_FIRST.index(each.verdict))
    broken = {each.found: each for each in ordered if each.verdict is Verdict.BROKEN}
    return list(broken.values()) or ordered[:1]


def any_of(findings: Sequence[Finding]) -> Finding:
    """Of findings of which one counts, but nobody knows which: broken or fine only if all are."""
    worst = worst_of(findings)[0]
    others = [each for each in findings if each.verdict is not Verdict.BROKEN]
    if worst.verdict is not Verdict.BROKEN or not others:
        return worst
    found = f"{worst.found}; which way the agent takes is not known: {others[0].found}"
    return could_not_check(found, worst.looked_at + others[0].looked_at)


def over_ways(ways: Sequence[Way], look: Callable[[Way], Finding]) -> Finding:
    """What the ways of a machine say together.

    The agent uses IPv4 where there is any. IPv6 alone never makes it fine then, but may be what it uses
    (its setting `UseDualStackEndpoint`, which nobody can see from outside).
    """
    findings = [(way.family, checked(look, way)) for way in ways]
    by_family = {family: [each for of, each in findings if of == family] for family in (4, 6)}
    first = any_of(by_family[4] or by_family[6])
    return any_of([first, *by_family[6]]) if first.verdict is Verdict.BROKEN else first
