"""What the operations of this package share: pages, and refusing what is not modelled."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from sandbox.gateway import AwsError, Call, not_modelled

Item = TypeVar("Item")


def only_modelled(call: Call, *names: str) -> None:
    """Refuse a call with a parameter that its operation here would ignore.

    Raises:
        AwsError: names the parameter.
    """
    for name, value in call.params.items():
        if name not in names and value is not None:
            raise not_modelled(f"{name} of {call.operation}")


def refuse(call: Call) -> dict[str, Any]:
    """Refuse, by name, an operation that moto would only pretend to carry out."""
    raise not_modelled(call.operation)


def page(
    call: Call, items: Sequence[Item], default_size: int, bad_token: str
) -> tuple[list[Item], dict[str, str]]:
    """One page of the items, and the answer's `NextToken` entry (empty on the last page).

    A token says where its page begins, and is good for the operation that gave it only.

    Raises:
        AwsError: with the code `bad_token`, for any other token.
    """
    start = _start(call, bad_token)
    end = start + (call.params.get("MaxResults") or default_size)
    if end >= len(items):
        return list(items[start:]), {}
    token = base64.urlsafe_b64encode(f"{call.operation}:{end}".encode()).decode()
    return list(items[start:end]), {"NextToken": token}


def _start(call: Call, bad_token: str) -> int:
    token = call.params.get("NextToken")
    if not token:
        return 0
    try:
        operation, _, start = base64.urlsafe_b64decode(token).decode().partition(":")
        if operation == call.operation:
            return int(start)
    except (binascii.Error, ValueError):
        pass
    raise AwsError(bad_token, "The specified token isn't valid.")
