"""Step LookUp of the mode `digest`: which of the machines are still lost, for the user's steps.

It always succeeds, since no variable of Automation holds another step's status: what could not be
read is in the output `Problem`, and counts as still lost.
"""

from __future__ import annotations

from typing import Any

from machines import look_up_all, machines_of, output_of
from still_true import why_left_out


def handler(events: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Look the machines of `events["Machines"]` up. Returns the outputs that docs/user-steps.md lists."""
    machines = machines_of(events["Machines"])
    problems = look_up_all(machines, [])
    lost = [each["Id"] for each in machines if each["Change"] == "Lost" and not why_left_out(each)]
    return {"StillLost": lost, "StillLostCount": str(len(lost)), "Problem": output_of("; ".join(problems))}
