"""Read what may not exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from ssm_agent_monitor.responder.reading import Reader

NOT_FOUND = ("NoSuchEntity", "ServiceSettingNotFound")


def read_or_gone(reader: Reader, what: str, call: Callable[[], Any]) -> Any:
    """The answer of a call, `{}` if there is nothing of that name, or an `Unreadable`."""

    def ask() -> Any:
        try:
            return call()
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_FOUND:
                return {}
            raise

    return reader.read(what, ask)
