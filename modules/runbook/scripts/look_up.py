"""Step LookUp: what EC2 and Systems Manager say now about the instance, for the user's steps.

It always succeeds, since no variable of Automation holds another step's status: what could not be
read is in the output `Problem`.
"""

from __future__ import annotations

from typing import Any

from machines import look_up_all, machines_of, output_of

OUTPUTS = ("InstanceName", "InstanceState", "PingStatus", "LastPing", "AgentVersion", "Platform")


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Look the one machine of `events["Machines"]` up. Returns the outputs that docs/user-steps.md lists."""
    [machine] = machines_of(events["Machines"])
    problems = look_up_all([machine], [])
    facts = {name: machine[name] for name in OUTPUTS} | {"Problem": "; ".join(problems)}
    return {name: output_of(text) for name, text in facts.items()}
