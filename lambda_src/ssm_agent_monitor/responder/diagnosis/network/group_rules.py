"""What security groups let through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ssm_agent_monitor.responder.diagnosis.network.addresses import ALL_OF, Span, how_much_of, spans_of
from ssm_agent_monitor.responder.diagnosis.network.network import Network
from ssm_agent_monitor.responder.reading import UnreadableError, UnsureError


def let_through(
    network: Network,
    groups: Sequence[str],
    peers: Iterable[str],
    spans: Sequence[Span],
    family: int,
    *,
    is_out: bool,
) -> str:
    """How much of the other side groups let out on port 443, or in from it.

    `spans` are the other side's addresses, `peers` its own groups. Raises UnsureError if what can't be read
    counts.
    """
    if not groups or not spans:
        raise UnsureError("EC2 shows no security group, or no address for it")
    cidrs: list[str] = []
    lists: list[str] = []
    for rule in network.rules_of(groups, is_out=is_out):
        if rule.lets_https:
            if set(peers).intersection(rule.group_ids):
                return ALL_OF
            cidrs += rule.cidrs
            lists += rule.prefix_list_ids
    unread = None
    for each in lists:
        try:
            cidrs += network.cidrs_of_list(each)
        except UnreadableError as why:
            unread = why
    lets = how_much_of(spans, spans_of(cidrs, family))
    if unread and lets != ALL_OF:
        raise unread
    return lets
