"""EventBridge `PutEvents`: which entries it takes, and what it says of the others.

See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
and https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html.
"""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any

from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.paging import only_modelled

if TYPE_CHECKING:
    from sandbox.events import Events

REQUIRED = ("Source", "DetailType", "Detail")
MODELLED = {*REQUIRED, "EventBusName", "Resources"}
MAXIMUM_REQUEST_BYTES = 1024 * 1024


class CustomEvents:
    """Answers `PutEvents`.

    `faults` is for tests: the error codes (such as "ThrottlingException") with which the next entries
    fail, one an entry; None lets one pass.
    """

    def __init__(self, events: Events) -> None:
        self._events = events
        self.faults: deque[str | None] = deque()

    def register(self, gateway: Gateway) -> None:
        """Answer the operation."""
        gateway.operations["events", "PutEvents"] = self._put_events

    def _put_events(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "Entries")
        entries = call.params["Entries"]
        for entry in entries:
            _check_modelled(call, entry)
        if sum(map(_size, entries)) > MAXIMUM_REQUEST_BYTES:
            reason = "Total size of the entries in the request is over the limit."
            raise AwsError("ValidationException", reason)
        results = [self._put(call, entry) for entry in entries]
        return {"Entries": results, "FailedEntryCount": sum("ErrorCode" in result for result in results)}

    def _put(self, call: Call, entry: dict[str, Any]) -> dict[str, Any]:
        fault = self.faults.popleft() if self.faults else None
        failure = {"ErrorCode": fault, "ErrorMessage": fault} if fault else _failure(entry)
        if failure:
            return failure
        event = {
            "source": entry["Source"],
            "detail-type": entry["DetailType"],
            "resources": entry.get("Resources", []),
            "detail": json.loads(entry["Detail"]),
        }
        return {"EventId": self._events.deliver(call.account, call.region, event)}


def _check_modelled(call: Call, entry: dict[str, Any]) -> None:
    if unknown := set(entry) - MODELLED:
        raise not_modelled(f"{sorted(unknown)} of PutEvents' entries")
    arn = f"arn:{call.partition}:events:{call.region}:{call.account}:event-bus/default"
    if entry.get("EventBusName", "default") not in ("default", arn):
        raise not_modelled(f"the bus {entry['EventBusName']}")


def _size(entry: dict[str, Any]) -> int:
    """Return the bytes that count, as the page on `PutEvents` says; a time is not modelled."""
    texts = [entry.get(name, "") for name in REQUIRED] + entry.get("Resources", [])
    return sum(len(text.encode()) for text in texts)


def _failure(entry: dict[str, Any]) -> dict[str, str] | None:
    """Return what an entry that EventBridge does not take is answered with."""
    for name in REQUIRED:
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    if entry["Source"].startswith("aws."):
        problem = "Not authorized for the source."
        return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": problem}
    try:
        is_object = isinstance(json.loads(entry["Detail"]), dict)
    except ValueError:
        is_object = False
    malformed = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None if is_object else malformed
