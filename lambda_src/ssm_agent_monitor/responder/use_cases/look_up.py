"""LookUp: which machines are lost now, and why, for the user's steps.

It always answers with all of its outputs, since a step that refers to a missing one fails: what could not be
read is in the output `Problem`, and counts as the event says.
"""

from __future__ import annotations

from collections.abc import Mapping

from ssm_agent_monitor.responder.answer import DONE, Answer
from ssm_agent_monitor.responder.diagnosis.place import Place
from ssm_agent_monitor.responder.diagnosis.run import diagnose
from ssm_agent_monitor.responder.diagnosis.subjects import still_lost, subjects_of
from ssm_agent_monitor.responder.diagnosis.summary import groups_of
from ssm_agent_monitor.responder.machines.by_id import LookedUp, look_up
from ssm_agent_monitor.responder.machines.details import NONE, UNKNOWN
from ssm_agent_monitor.responder.machines.machines import add_facts, ids_of, machines_of
from ssm_agent_monitor.responder.output_text import output_of
from ssm_agent_monitor.responder.reading import Reader
from ssm_agent_monitor.responder.requests import LookUp
from ssm_agent_monitor.responder.settings import Settings

FACTS = ("InstanceName", "InstanceState", "PingStatus", "LastPing", "AgentVersion", "Platform")

LINE_CHARACTERS = 512
"""The most that Automation shows of a text in an output's list."""


def look_up_for_steps(request: LookUp, settings: Settings, reader: Reader) -> Answer:
    """The outputs that docs/user-steps.md lists, for the mode."""
    machines = [machine for machine in machines_of(request.machines) if machine["Change"] == "Lost"]
    found = look_up(reader, ids_of(machines))
    add_facts(machines, found, ())
    lost = still_lost(ids_of(machines), found)
    causes, late = _causes(reader, settings, lost, found)
    problems = "; ".join([*request.problems, *found.problems, *late])
    common: Answer = {"Status": DONE, "Problem": output_of(problems)}
    if settings.mode == "digest":
        lines = [line for check, ids in _by_cause(causes).items() for line in _lines(check, ids)]
        return common | {"StillLost": lost, "StillLostCount": str(len(lost)), "Causes": lines}
    facts = dict.fromkeys(FACTS, UNKNOWN) | {"LastPing": NONE}
    for machine in machines[:1]:
        facts |= {name: output_of(machine[name]) for name in FACTS}
    return common | facts | {"Cause": next(iter(causes.values()), UNKNOWN)}


def _causes(
    reader: Reader, settings: Settings, lost: list[str], found: LookedUp
) -> tuple[dict[str, str], list[str]]:
    """The first broken check of each machine, `unknown` if there is none; and what there was no time for."""
    subjects = subjects_of(lost, found) if settings.diagnosis else []
    place = Place(settings.account_id, settings.partition, settings.region)
    findings, late = diagnose(reader, place, subjects)
    checks = {each: group["Check"] for group in groups_of(findings) for each in group["Ids"]}
    return {each: checks.get(each) or UNKNOWN for each in lost}, late


def _by_cause(causes: Mapping[str, str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for machine_id, check in causes.items():
        groups.setdefault(check, []).append(machine_id)
    return groups


def _lines(check: str, ids: list[str]) -> list[str]:
    """`check-id | id, id`, in as many lines as it takes."""
    lines = [f"{check} | {ids[0]}"]
    for machine_id in ids[1:]:
        longer = f"{lines[-1]}, {machine_id}"
        lines[-1:] = [longer] if len(longer) <= LINE_CHARACTERS else [lines[-1], f"{check} | {machine_id}"]
    return lines
