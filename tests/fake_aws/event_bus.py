"""EventBridge's default event bus. Facts: the API reference's page on PutEvents, and its quotas."""

import json
from collections.abc import Sequence

from sandbox.gateway import AwsError

from .account import Account, Item

ENTRY_BYTES = 256 * 1024
SOURCE, DETAIL_TYPE = "ssm-agent-monitor", "Fleet Status Changed"


def put_events(account: Account, entries: Sequence[Item]) -> Item:
    """Keep the event's detail, unless the account is to fail it; only this source and type are looked at."""
    [entry] = entries
    if sum(len(text.encode()) for text in entry.values()) > ENTRY_BYTES:
        raise AwsError("ValidationException", "Total size of the entries in the request is over the limit")
    if account.fail_events:
        failed = {"ErrorCode": account.fail_events.pop(0), "ErrorMessage": "try again later"}
        return {"FailedEntryCount": 1, "Entries": [failed]}
    if (entry["Source"], entry["DetailType"]) == (SOURCE, DETAIL_TYPE):
        account.announced.append(json.loads(entry["Detail"]))
    return {"FailedEntryCount": 0, "Entries": [{"EventId": f"event-{len(account.announced)}"}]}
