"""DecideRepair: decides anew whether the machine may be repaired; the steps of the runbook repair it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ssm_agent_monitor.responder.answer import DECIDED, Answer, answer_of
from ssm_agent_monitor.responder.diagnosis.facts.host_setting import host_role_of
from ssm_agent_monitor.responder.reading import HALF, Reader, Unreadable
from ssm_agent_monitor.responder.repair.repair_decision import RepairFacts, decide
from ssm_agent_monitor.responder.repair.repair_facts import read_repair_facts
from ssm_agent_monitor.responder.repair.repair_words import repair_in_words
from ssm_agent_monitor.responder.repair.running_repairs import repairs_ahead
from ssm_agent_monitor.responder.requests import DecideRepair, InvalidRequestError
from ssm_agent_monitor.responder.settings import Settings


def decide_repair(request: DecideRepair, settings: Settings, reader: Reader) -> Answer:
    """Which action is to be done now: what was planned, and approved, or `none`.

    The answer's `Result` says what is done, or why nothing is; `RepairedAt` is the value of the tag that is
    written before acting, so that whoever stops there, or after it, keeps the next one from repairing again.

    Raises:
        InvalidRequestError: something is missing, or this block has no repair.
    """
    if request.problems:
        raise InvalidRequestError("; ".join(request.problems))
    repair = settings.repair
    if repair is None or not repair.document:
        raise InvalidRequestError("DecideRepair is refused: repair.mode is not act")
    # First, since it may wait: what is read after it, the tag above all, is not older than the wait.
    read_ahead = partial(repairs_ahead, reader, repair.document, request.execution_id)
    ahead = reader.in_time("which repairs run", read_ahead, HALF)
    facts = read_repair_facts(reader, request.instance_id, [], lambda: ahead)
    if request.action == "reboot" and _is_served(facts):  # it is all that a profile would be
        repair = replace(repair, instance_profile="")
    decision = decide(facts, repair)
    held_back = decision["HeldBack"] or _differs(decision["Action"], request.action)
    what = repair_in_words(request.action, repair)
    result = f"nothing was done: {'; '.join(held_back)}" if held_back else what
    return answer_of(
        DECIDED,
        result,
        Action="none" if held_back else request.action,
        RepairedAt=reader.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _is_served(facts: RepairFacts) -> bool:
    """Whether Default Host Management is on."""
    host_role = host_role_of(facts["HostManagement"])
    return bool(host_role) and not isinstance(host_role, Unreadable)


def _differs(now: str, planned: str) -> list[str]:
    return [] if now == planned else [f"what was planned ({planned}) is no longer what it needs"]
