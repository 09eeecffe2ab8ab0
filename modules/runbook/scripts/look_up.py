"""Step LookUp of the mode `instance`: what EC2 and Systems Manager say now, for the user's steps.

It always succeeds, since no variable of Automation holds another step's status: what could not be
read is in the output `Problem`.
"""

from __future__ import annotations

from typing import Any

from by_id import agents_by_id, instances_by_id
from details import GONE, NONE, NOT_REGISTERED, UNKNOWN, agent_facts, instance_facts
from output_text import output_of
from reading import Unreadable, read

UNREAD = {
    "InstanceName": UNKNOWN,
    "InstanceState": UNKNOWN,
    "PingStatus": UNKNOWN,
    "LastPing": NONE,
    "AgentVersion": UNKNOWN,
    "Platform": UNKNOWN,
}


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Look the one machine of `events["Machines"]` up. Returns the outputs that docs/user-steps.md lists."""
    [line] = events["Machines"]
    machine_id = line.split("|")[1].strip()
    is_node = machine_id.startswith("mi-")
    instances = {} if is_node else read("EC2 instances", lambda: instances_by_id([machine_id]))
    agents = read("SSM Agents", lambda: agents_by_id([machine_id]))
    facts = dict(UNREAD)
    if not is_node and not isinstance(instances, Unreadable):
        facts |= instance_facts(instances[machine_id], []) if instances else GONE
    if not isinstance(agents, Unreadable):
        facts |= agent_facts(agents[machine_id]) if agents else NOT_REGISTERED
    problems = [each for each in (instances, agents) if isinstance(each, Unreadable)]
    return {name: output_of(facts[name]) for name in UNREAD} | {"Problem": output_of("; ".join(problems))}
