"""Samples of events, as AWS sends them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def scheduled(**changes: Any) -> dict[str, Any]:
    """The event of a scheduled evaluation; `changes` replace its fields, None removes one."""
    event = json.loads((Path(__file__).parent / "scheduled.json").read_text(encoding="utf-8"))
    event.update(changes)
    return {field: value for field, value in event.items() if value is not None}


def invoking(**changes: Any) -> str:
    """The text of `invokingEvent`, with fields replaced or, by None, removed."""
    invoking_event = json.loads(scheduled()["invokingEvent"]) | changes
    return json.dumps({field: value for field, value in invoking_event.items() if value is not None})
