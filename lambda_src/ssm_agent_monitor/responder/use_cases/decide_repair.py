"""DecideRepair: decides anew whether the machine may be repaired; the steps of the runbook repair it."""

from __future__ import annotations

from functools import partial

from ssm_agent_monitor.responder.answer import DECIDED, Answer, answer_of
from ssm_agent_monitor.responder.machines.machine import NONE
from ssm_agent_monitor.responder.reading import HALF, Reader, sure
from ssm_agent_monitor.responder.repair.actions import ACTIONS, decide
from ssm_agent_monitor.responder.repair.repair_facts import REPAIRS, read_repair_facts, repairs_ahead
from ssm_agent_monitor.responder.requests import InvalidRequestError, Request
from ssm_agent_monitor.responder.settings import Settings
from ssm_agent_monitor.shared.times import utc


def decide_repair(request: Request, settings: Settings, reader: Reader, _send: object) -> Answer:
    """Which action is to be done now: what was planned, and approved, or `none`.

    The answer's `Result` says what is done, or why nothing is; `RepairedAt` is the value of the tag that is
    written before acting, so that whoever stops there, or after it, keeps the next one from repairing again.
    Raises InvalidRequestError if something is missing, or this block has no repair.
    """
    if request.problems:
        raise InvalidRequestError("; ".join(request.problems))
    if settings.repair is None or not settings.repair.document:
        raise InvalidRequestError("DecideRepair is refused: repair.mode is not act")
    planned = ACTIONS[request.action]
    # First, since it may wait: what is read after it, the tag above all, is not older than the wait.
    read_ahead = partial(repairs_ahead, reader, settings.repair.document, request.execution_id)
    ahead = reader.side_by_side({REPAIRS: partial(reader.read, REPAIRS, read_ahead)}, HALF)[REPAIRS]
    facts = read_repair_facts(reader, request.instance_id, lambda: sure(ahead), planned=planned.name)
    decision = decide(facts, settings.repair)
    other = f"what was planned ({planned.name}) is no longer what it needs"
    held_back = decision.held_back or (() if decision.wanted is planned else (other,))
    return answer_of(
        DECIDED,
        f"nothing was done: {'; '.join(held_back)}" if held_back else planned.words(settings.repair),
        Action=NONE if held_back else planned.name,
        RepairedAt=utc(reader.now),
    )
