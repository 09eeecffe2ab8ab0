"""Step Wait of the repair: until the agent answers again, for some minutes at most."""

from __future__ import annotations

import time
from typing import Any

from by_id import agents_by_id
from output_text import output_of
from reading import Unreadable, read

SECONDS_BETWEEN_LOOKS = 10


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Returns `Online` (`yes` or `no`) and `Result`.

    Read are `InstanceId`, `Acted`: what the step Act did, and `Seconds`: how long to wait.
    """
    if events["Acted"] == "none":
        return {"Online": "no", "Result": "not waited for, since nothing was done"}
    until = time.monotonic() + events["Seconds"]
    while True:
        agent = read(
            "its SSM Agent", lambda: agents_by_id([events["InstanceId"]]).get(events["InstanceId"], {})
        )
        if not isinstance(agent, Unreadable) and agent.get("PingStatus") == "Online":
            return {"Online": "yes", "Result": "its SSM Agent answers again"}
        if time.monotonic() > until:
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    why = agent if isinstance(agent, Unreadable) else "it may take up to an hour to try again"
    result = f"its SSM Agent did not answer within {events['Seconds'] // 60} minutes: {why}"
    return {"Online": "no", "Result": output_of(result)}
