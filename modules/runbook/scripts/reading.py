"""Answers of AWS, each of which may be missing: a check whose answer is missing could not check."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

STARTED = time.monotonic()
SECONDS = 45
"""A step has 60 seconds: what is left over then is not looked at, so that the rest isn't lost."""


class Unreadable(str):
    """Why something could not be read, in the place of its answer."""

    __slots__ = ()


def read(what: str, call: Callable[[], Any]) -> Any:
    """The answer of a call, or an `Unreadable` that says what could not be read and why."""
    try:
        return call()
    except ClientError as error:  # its own text names roles and resources at length
        why = f"{error.response['Error']['Code']} ({error.operation_name})"
        return Unreadable(f"{what} could not be read: {why}")
    except BotoCoreError as error:
        return Unreadable(f"{what} could not be read: {error}")


def pages_of(client: Any, operation: str, **parameters: Any) -> list[dict[str, Any]]:
    """All pages of an operation (botocore's name of it, such as `describe_subnets`)."""
    return list(client.get_paginator(operation).paginate(**parameters))


def is_late() -> bool:
    """Whether the step's time is nearly over."""
    return time.monotonic() - STARTED > SECONDS
