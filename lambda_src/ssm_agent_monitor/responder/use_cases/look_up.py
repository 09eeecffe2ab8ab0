"""LookUp: which machines are lost now, and why, for the user's steps.

It always answers with all of its outputs, since a step that refers to a missing one fails: what could not be
read is in the output `Problem`, and counts as the event says.
"""

from __future__ import annotations

from textwrap import wrap

from ssm_agent_monitor.responder.answer import DONE, Answer, output_of
from ssm_agent_monitor.responder.diagnosis.run import diagnose
from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.by_id import look_up
from ssm_agent_monitor.responder.machines.machine import Machine, ids_of, machines_of
from ssm_agent_monitor.responder.reading import Reader
from ssm_agent_monitor.responder.requests import Request
from ssm_agent_monitor.responder.settings import Settings
from ssm_agent_monitor.shared.event_lines import LINE_CHARACTERS, read_machine


def look_up_for_steps(request: Request, settings: Settings, reader: Reader, _send: object) -> Answer:
    """The outputs that docs/user-steps.md lists, for the mode."""
    reported = [each for each in machines_of(request.machines) if each.is_lost]
    machines, unread = look_up(reader, reported)
    still_so = [each for each in machines if not each.why_nobody_is_told]
    diagnosed = diagnose(reader, settings.place, still_so if settings.diagnosis else [])
    lost = ids_of(still_so)
    diagnoses = {each: diagnosed.of(each) for each in lost}
    checks = {each: found.check if found and found.check else UNKNOWN for each, found in diagnoses.items()}
    problems = "; ".join([*request.problems, *unread, *diagnosed.problems])
    common: Answer = {"Status": DONE, "Problem": output_of(problems)}
    if settings.mode == "digest":
        return common | {"StillLost": lost, "StillLostCount": str(len(lost)), "Causes": _lines(checks)}
    machine = machines[0] if machines else Machine(read_machine(""))
    texts = {
        "InstanceName": machine.name,
        "InstanceState": machine.state,
        "PingStatus": machine.ping_status,
        "LastPing": machine.last_ping,
        "AgentVersion": machine.agent_version,
        "Platform": machine.platform,
        "Cause": next(iter(checks.values()), UNKNOWN),
    }
    return common | {name: output_of(text) for name, text in texts.items()}


def _lines(checks: dict[str, str]) -> list[str]:
    """From the first broken check of each machine: `check-id | id, id`, in as many lines as it takes."""
    lines: list[str] = []
    for check in dict.fromkeys(checks.values()):
        ids = " ".join(f"{machine_id}," for machine_id, its_check in checks.items() if its_check == check)
        room = LINE_CHARACTERS + 1 - len(f"{check} | ")  # for the last comma, which is left out
        lines += [f"{check} | {part[:-1]}" for part in wrap(ids, room, break_on_hyphens=False)]
    return lines
