"""Read what may not exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

from ssm_agent_monitor.responder.reading import Reader

NOT_FOUND = ("NoSuchEntity", "ServiceSettingNotFound")

T = TypeVar("T")


def read_unless_missing(reader: Reader, what: str, call: Callable[[], T]) -> T | None:
    """The answer of a call; None if there is nothing of that name. Raises as `Reader.read` does."""

    def ask() -> T | None:
        try:
            return call()
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_FOUND:
                return None
            raise

    return reader.read(what, ask)
