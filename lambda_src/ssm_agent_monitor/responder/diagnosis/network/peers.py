"""The other side of a connection, and how much of it security groups let through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssm_agent_monitor.responder.diagnosis.network.addresses import (
    ALL_OF,
    ANYWHERE,
    EVERYTHING,
    INTERNET,
    Span,
    how_much_of,
    spans_of,
)
from ssm_agent_monitor.responder.diagnosis.network.network import Network
from ssm_agent_monitor.responder.reading import UnreadableError, UnsureError


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side: in words, its addresses of one family as CIDRs and as ranges, and its security groups.

    `is_known`: whether it surely is the other side.
    """

    family: int
    where: str
    cidrs: Sequence[str]
    spans: Sequence[Span]
    group_ids: Sequence[str] = ()
    is_known: bool = True


def internet(family: int) -> Peer:
    """Every address on the internet."""
    return Peer(family, "the internet", [EVERYTHING[family]], INTERNET[family])


def anywhere(family: int) -> Peer:
    """Every address that there is, where it isn't known which of them counts."""
    return Peer(family, "any address", [EVERYTHING[family]], ANYWHERE[family], is_known=False)


def in_subnets(
    network: Network, family: int, where: str, subnet_ids: Sequence[str], group_ids: Sequence[str] = ()
) -> Peer:
    """Every address in some subnets."""
    cidrs = network.cidrs_of(subnet_ids, family)
    return Peer(family, where, cidrs, spans_of(cidrs, family), group_ids)


def let_through(network: Network, group_ids: Sequence[str], peer: Peer, *, is_out: bool) -> str:
    """How much of a peer is let out to on port 443 by security groups, or let in from.

    Raises UnsureError if what can't be read counts.
    """
    if not group_ids or not peer.spans:
        raise UnsureError("EC2 shows no security group, or no address for it")
    cidrs: list[str] = []
    lists: list[str] = []
    for rule in network.rules_of(group_ids, is_out=is_out):
        if not set(rule.group_ids).isdisjoint(peer.group_ids):
            return ALL_OF
        cidrs += rule.cidrs
        lists += rule.prefix_list_ids
    unread = None
    for each in lists:
        try:
            cidrs += network.cidrs_of_list(each)
        except UnreadableError as why:
            unread = why
    lets = how_much_of(peer.spans, spans_of(cidrs, peer.family))
    if unread and lets != ALL_OF:
        raise unread
    return lets
