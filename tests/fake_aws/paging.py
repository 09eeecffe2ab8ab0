"""Pages of lists, as AWS's operations give them."""

from collections.abc import Sequence
from typing import TypeVar

from sandbox.gateway import AwsError

T = TypeVar("T")


def page(
    items: Sequence[T], token: str | None, size: int, allowed: range, most: int | None = None
) -> tuple[Sequence[T], str | None]:
    """The page of a token, and the token of the next: the index where that one starts.

    A page holds `size` items, or `most` if that is less: AWS may give fewer than were asked for.

    Raises:
        AwsError: AWS doesn't allow this size.
    """
    if size not in allowed:
        raise AwsError("ValidationException", f"a page has {allowed[0]} to {allowed[-1]} items, not {size}")
    start = int(token or 0)
    end = start + min(size, most or size)
    return items[start:end], str(end) if end < len(items) else None
