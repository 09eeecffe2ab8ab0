"""Ranges of addresses or of ports, as pairs of numbers: the first and the last of each."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network
from itertools import pairwise

ALL_OF, SOME_OF, NONE_OF = "all", "some", "none"

HTTPS = 443

Span = tuple[int, int]

ALL_PORTS: Span = (0, 65535)


def span_of(cidr: str) -> Span:
    """The addresses of a CIDR, or of a single address."""
    network = ip_network(cidr, strict=False)
    return int(network[0]), int(network[-1])


def family_of(cidr: str) -> int:
    """4 or 6."""
    return 6 if ":" in cidr else 4


def spans_of(cidrs: Iterable[str], family: int) -> list[Span]:
    """The ranges of those CIDRs that are of a family."""
    return [span_of(cidr) for cidr in cidrs if family_of(cidr) == family]


RESERVED = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8"),
    *("169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"),
)
"""In order: what lies between them is the internet."""

INTERNET = {
    4: [(before[1] + 1, after[0] - 1) for before, after in pairwise(map(span_of, RESERVED))],
    6: [span_of("2000::/3")],
}
EVERYTHING = {4: "0.0.0.0/0", 6: "::/0"}


def is_in(number: int, spans: Iterable[Span]) -> bool:
    """Whether one of the ranges holds a number."""
    return any(first <= number <= last for first, last in spans)


def points_of(spans: Iterable[Span], borders: Iterable[Span]) -> list[int]:
    """Numbers in `spans`, one at least of each part into which `borders` cut them.

    What depends on these borders alone is the same for all numbers of a part.
    """
    wanted = list(spans)
    starts = {first for first, _ in wanted} | {each for first, last in borders for each in (first, last + 1)}
    return sorted(number for number in starts if is_in(number, wanted))


def how_much(passes: Iterable[bool]) -> str:
    """Whether all, some or none pass."""
    results = set(passes)
    return SOME_OF if len(results) > 1 else ALL_OF if results == {True} else NONE_OF
