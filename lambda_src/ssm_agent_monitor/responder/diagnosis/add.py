"""Adds to machines what a diagnosis finds of them."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.place import Place
from ssm_agent_monitor.responder.diagnosis.run import diagnose
from ssm_agent_monitor.responder.diagnosis.subjects import subjects_of
from ssm_agent_monitor.responder.diagnosis.summary import groups_of
from ssm_agent_monitor.responder.machines.by_id import LookedUp
from ssm_agent_monitor.responder.machines.machines import Machine, ids_of
from ssm_agent_monitor.responder.reading import Reader, Unreadable
from ssm_agent_monitor.responder.repair.plan_repair import plan_repair
from ssm_agent_monitor.responder.settings import Settings


def add_diagnosis(reader: Reader, settings: Settings, machines: list[Machine], found: LookedUp) -> list[str]:
    """Add to each machine that is looked at its `Diagnosis`, and `Likely`, the likely cause in words.

    These are the first 10 that were lost, if the setting `diagnosis` is on. `found` is what was looked up of
    the machines. `Diagnosis` is a group of summary.py, with `Repair`, the plan, for a single machine where
    the setting `repair` has one. Returns for what there was no time.
    """
    lost = [machine for machine in machines if machine["Change"] == "Lost"]
    subjects = subjects_of(ids_of(lost), found) if settings.diagnosis else []
    if not subjects:
        return []
    place = Place(settings.account_id, settings.partition, settings.region)
    findings, problems = diagnose(reader, place, subjects)
    groups = groups_of(findings)
    by_id = {machine_id: group for group in groups for machine_id in group["Ids"]}
    for machine in lost:
        if group := by_id.get(machine["Id"]):
            machine |= {"Diagnosis": group, "Likely": group["Cause"]}
    if settings.repair and len(machines) == len(lost) == 1:
        known = Unreadable("; ".join(problems)) if problems else findings[lost[0]["Id"]]
        plan = plan_repair(reader, settings.repair, lost[0]["Id"], known)
        lost[0]["Diagnosis"] = lost[0]["Diagnosis"] | {"Repair": plan}
    return problems
