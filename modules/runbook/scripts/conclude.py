"""Step Conclude: the message is out; an execution that could not read everything still ends as failed."""

from __future__ import annotations

from typing import Any


def handler(events: dict[str, str], _context: Any) -> None:
    """Raise RuntimeError with the text of `events["Problem"]`, unless that is `none`."""
    if events["Problem"] != "none":
        raise RuntimeError(f"the message was sent, but is incomplete: {events['Problem']}")
