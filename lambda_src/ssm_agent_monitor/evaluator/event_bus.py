"""Puts events on the account's default event bus of EventBridge."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ssm_agent_monitor.evaluator.workers import WAITS_SECONDS, Workers

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOURCE = "ssm-agent-monitor"
DETAIL_TYPE = "Fleet Status Changed"

logger = logging.getLogger(__name__)


class AnnouncementFailedError(RuntimeError):
    """EventBridge did not take the event that announces a run's changes, however often it was put."""

    def __init__(self, reason: object) -> None:
        super().__init__(
            "EventBridge did not take the event that announces what has changed, so no result was put; the "
            f"next run does both: {reason}"
        )


def put(workers: Workers, events: EventBridgeClient, detail: Mapping[str, object]) -> None:
    """Put one event with a boto3 client for EventBridge.

    Raises:
        AnnouncementFailedError: it says why EventBridge did not take the event.
        OutOfTimeError: the time is nearly over.
    """
    text = json.dumps(detail, ensure_ascii=False)
    entry: PutEventsRequestEntryTypeDef = {"Source": SOURCE, "DetailType": DETAIL_TYPE, "Detail": text}
    workers.results([workers.submit(_put_until_taken, workers, events, entry)])


def _put_until_taken(
    workers: Workers, events: EventBridgeClient, entry: PutEventsRequestEntryTypeDef
) -> None:
    for wait in (*WAITS_SECONDS, None):
        try:
            answer = events.put_events(Entries=[entry])
        except (ClientError, BotoCoreError) as error:  # after botocore's own retries
            raise AnnouncementFailedError(error) from error
        if not answer["FailedEntryCount"]:
            return
        [failed] = answer["Entries"]
        reason = f"{failed.get('ErrorCode')}: {failed.get('ErrorMessage')}"
        if wait is None:
            raise AnnouncementFailedError(f"{reason}, in {len(WAITS_SECONDS) + 1} attempts")
        logger.warning("EventBridge did not take the event; it is put again: %s", reason)
        time.sleep(wait)
        workers.check()
