"""EventBridge `PutEvents`: which entries it takes, and what it says of the others.

See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
and https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html.
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.events import Events
from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.paging import only_modelled

REQUIRED = ("Source", "DetailType", "Detail")
MAXIMUM_REQUEST_BYTES = 1024 * 1024


class CustomEvents:
    """Answers `PutEvents`."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def register(self, gateway: Gateway) -> None:
        """Answer the operation."""
        gateway.operations["events", "PutEvents"] = self._put_events

    def _put_events(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "Entries")
        entries = call.params["Entries"]
        if unknown := {name for entry in entries for name in entry} - set(REQUIRED):
            raise not_modelled(f"{sorted(unknown)} of PutEvents' entries")
        if sum(map(_size, entries)) > MAXIMUM_REQUEST_BYTES:
            reason = "Total size of the entries in the request is over the limit."
            raise AwsError("ValidationException", reason)
        results = [self._put(call, entry) for entry in entries]
        return {"Entries": results, "FailedEntryCount": sum("ErrorCode" in result for result in results)}

    def _put(self, call: Call, entry: dict[str, Any]) -> dict[str, Any]:
        if failure := _failure(entry):
            return failure
        event = {
            "source": entry["Source"],
            "detail-type": entry["DetailType"],
            "detail": json.loads(entry["Detail"]),
        }
        return {"EventId": self._events.deliver(call.account, call.region, event)}


def _size(entry: dict[str, Any]) -> int:
    """Return the bytes that count, as the page on `PutEvents` says; a time is not modelled."""
    return sum(len(entry.get(name, "").encode()) for name in REQUIRED)


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
