"""What came of a repair: from the steps of its runbook, each by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ssm_agent_monitor.responder.answer import DECIDED
from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.machine import NONE
from ssm_agent_monitor.responder.repair.actions import ACTIONS
from ssm_agent_monitor.responder.settings import RepairSettings
from ssm_agent_monitor.responder.steps import PENDING, SUCCESS, TIMED_OUT, Step, said_of

NOT_KNOWN = "agent status not known"
NOT_YET = "its SSM Agent did not answer within 9 minutes: it may take up to an hour to try again"
AGENT = {
    PENDING: (NOT_KNOWN, "not waited for"),
    SUCCESS: ("agent online", "its SSM Agent answers again"),
    TIMED_OUT: ("agent not online yet", NOT_YET),
}
"""By the status of the step that waits: the words for a subject, and those of the message."""

NOTHING = "nothing was done"
BUSY = ("LimitExceededException", "ResourceInUseException")
"""Config takes one request a minute, and none while the rule is evaluated."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, in `words` for a subject and in `lines` at length.

    `acted` is the name of the action that was done, `none` or `unknown`.
    """

    acted: str
    is_online: bool
    words: str
    lines: tuple[str, ...]


UNKNOWN_OUTCOME = Outcome(UNKNOWN, False, "outcome not known, see its execution", ())
"""Where the steps could not be read."""


def outcome_of(steps: Mapping[str, Step], action: str, settings: RepairSettings) -> Outcome:
    """From all steps of the execution by name; `action` is what was planned."""
    acted, repaired = _repaired(steps, action, settings)
    waited = _step(steps, "Wait")
    unread = f"whether its SSM Agent answers could not be read: {said_of(waited)}"
    online, agent = AGENT.get(waited.status, (NOT_KNOWN, unread))
    if waited.status == PENDING and acted == NONE:
        agent += ", since nothing was done"
    evaluation = _evaluation(_step(steps, "Evaluate"))
    lines = (f"Repair: {repaired}", f"Agent: {agent}", f"AWS Config: {evaluation}")
    if acted in ACTIONS:
        return Outcome(acted, waited.status == SUCCESS, f"{ACTIONS[acted].outcome}, {online}", lines)
    return Outcome(acted, False, NOTHING if acted == NONE else "failed, see its execution", lines)


def _step(steps: Mapping[str, Step], name: str) -> Step:
    return steps.get(name) or Step(name)


def _repaired(steps: Mapping[str, Step], planned: str, settings: RepairSettings) -> tuple[str, str]:
    """What was done, and that in words: by the steps that ran, whatever was planned."""
    again = f"it is not tried again within {settings.cooldown_hours} hours"
    for action in ACTIONS.values():
        acting, what = _step(steps, action.step), action.words(settings)
        if acting.status == SUCCESS:
            return action.name, f"{what}: done"
        if acting.status == TIMED_OUT:  # the call may have been carried out all the same
            return UNKNOWN, f"to {what} took too long and may have been done, and {again}: {said_of(acting)}"
        if acting.status != PENDING:
            return UNKNOWN, f"to {what} failed, and {again}: {said_of(acting)}"
    tagged = _step(steps, "Tag")
    if tagged.status == SUCCESS:
        return UNKNOWN, f"{NOTHING}, and {again}: {_why_not_gone_on(steps)}"
    if tagged.status != PENDING:
        return NONE, f"{NOTHING}: the tag {settings.repaired_at_tag} was not written: {said_of(tagged)}"
    return _decided(steps, planned, settings)


def _decided(steps: Mapping[str, Step], planned: str, settings: RepairSettings) -> tuple[str, str]:
    """Where the execution came no further than to its decision."""
    step, no_answer = _step(steps, "DecideRepair"), "it gave no answer"
    is_decided = step.status == SUCCESS and step.outputs.get("Status") == DECIDED
    if not is_decided:  # the outputs of a step that failed are sentences of Automation's
        problem = (step.outputs.get("Problem") or no_answer) if step.status == SUCCESS else said_of(step)
        return UNKNOWN, f"{NOTHING}: the decision failed: {problem}"
    if step.outputs.get("Action") == NONE:
        return NONE, step.outputs.get("Result") or no_answer
    what = ACTIONS[planned].words(settings) if planned in ACTIONS else "repair it"
    return UNKNOWN, f"{NOTHING}, although it was decided to {what}: {_why_not_gone_on(steps)}"


def _why_not_gone_on(steps: Mapping[str, Step]) -> str:
    """What the branches say; one that does not know the decision ends well."""
    branches = [_step(steps, name) for name in ("RouteDecision", "RouteAction")]
    failed = [each for each in branches if each.status not in (PENDING, SUCCESS)]
    return "; ".join(f"{each.name}: {said_of(each)}" for each in failed) or "see its execution"


def _evaluation(step: Step) -> str:
    if step.status in (PENDING, SUCCESS):
        return "not asked for" if step.status == PENDING else "the rule is being evaluated"
    later = "the rule is evaluated at its next run"
    return later if any(code in step.failure for code in BUSY) else f"{later}: {said_of(step)}"
