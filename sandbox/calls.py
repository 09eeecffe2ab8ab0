"""The record of all calls: who asked for what, which IAM actions that took, how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.authorized_actions import AuthorizedAction
from sandbox.gateway import Call


@dataclass
class RecordedCall:
    """One call: `principal` is a session's ARN or "administrator", `error` the code that answered it."""

    principal: str
    service: str
    operation: str
    actions: tuple[AuthorizedAction, ...] = ()
    error: str | None = None


class Calls:
    """All calls since the start or the last `clear`, oldest first."""

    def __init__(self) -> None:
        self._calls: list[RecordedCall] = []
        self._open: dict[int, RecordedCall] = {}

    def begin(self, call: Call, principal: str) -> RecordedCall:
        """Record a call that is about to be authorized."""
        record = RecordedCall(principal, call.service, call.operation)
        self._calls.append(record)
        self._open[id(call)] = record
        return record

    def end(self, call: Call, error: str | None) -> None:
        """Note the code of the error that answered the call; a recorder of the gateway."""
        if record := self._open.pop(id(call), None):
            record.error = error

    def all(self) -> list[RecordedCall]:
        """Return the calls so far."""
        return list(self._calls)

    def clear(self) -> None:
        """Forget the calls so far."""
        self._calls.clear()
