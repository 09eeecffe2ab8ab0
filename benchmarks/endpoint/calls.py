"""What all operations share: parameters, errors, and the record of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Parameters = dict[str, Any]
Operation = Callable[[Parameters], bytes]


class AwsError(Exception):
    """An error as AWS answers it: `code` and a text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Record:
    """What one run did.

    `calls`: by operation. `kinds`: by what they are for: `list`, `agents`, `results` and `put` are what any
    evaluation needs; `again` (agents that were asked for before), `details` (of instances named by their
    ids) and `fixed` (as many for any fleet) count apart. `evaluations`: how many were put. `errors`: the
    errors that were answered. `agents`: the ids that Systems Manager was asked for.
    """

    calls: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    evaluations: int = 0
    errors: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def count(self, operation: str, kind: str) -> None:
        """Count one call."""
        self.calls[operation] += 1
        self.kinds[kind] += 1


def only(parameters: Parameters, *modelled: str) -> None:
    """Refuse parameters that the operation doesn't model."""
    unknown = sorted(set(parameters) - set(modelled))
    if unknown:
        raise AwsError("NotModelled", f"the endpoint doesn't model the parameters {', '.join(unknown)}")


def page(
    items: Sequence[bytes], token: str | None, size: int, smallest: int, largest: int
) -> tuple[Sequence[bytes], str | None]:
    """One page of the items and the token of the next; a token is the index where its page starts.

    Raises:
        AwsError: AWS doesn't allow this page size.
    """
    if not smallest <= size <= largest:
        raise AwsError("ValidationException", f"a page has {smallest} to {largest} items, not {size}")
    start = int(token or 0)
    end = start + size
    return items[start:end], str(end) if end < len(items) else None
