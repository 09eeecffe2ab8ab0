"""One message in the form that each protocol's subscribers get."""

from __future__ import annotations

import json
from typing import Any

MESSAGE_BYTES = 250_000
"""SNS takes 262,144 with the attributes."""


def for_each_protocol(text: str, facts: dict[str, Any]) -> str:
    """A message of the structure `json`: people get the text (by SMS its first line), all others the facts.

    `facts["machines"]` is shortened to what SNS takes; `facts["machines_left_out"]` says by how many.
    """
    bodies = {"default": json.dumps(facts, ensure_ascii=False), "email": text, "sms": text.partition("\n")[0]}
    message = json.dumps(bodies, ensure_ascii=False)
    if len(message.encode()) <= MESSAGE_BYTES or not facts["machines"]:
        return message
    shorter = {"machines": facts["machines"][:-1], "machines_left_out": facts["machines_left_out"] + 1}
    return for_each_protocol(text, facts | shorter)
