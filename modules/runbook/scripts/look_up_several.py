"""Step LookUp of the mode `digest`: which of the machines are still lost, for the user's steps.

It always succeeds, since no variable of Automation holds another step's status: what could not be
read is in the output `Problem`, and counts as still lost.
"""

from __future__ import annotations

from typing import Any

from lost import still_lost
from output_text import output_of
from reading import Unreadable


def handler(events: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Look the machines of `events["Machines"]` up. Returns the outputs that docs/user-steps.md lists."""
    lost = still_lost(events["Machines"])
    read = [machine[name] for machine in lost for name in ("Instance", "Agent")]
    problems = dict.fromkeys(str(each) for each in read if isinstance(each, Unreadable))
    ids = [machine["Id"] for machine in lost]
    return {"StillLost": ids, "StillLostCount": str(len(ids)), "Problem": output_of("; ".join(problems))}
