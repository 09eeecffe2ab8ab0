"""What came of a repair: from the steps of its runbook, each by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ssm_agent_monitor.responder.answer import DECIDED
from ssm_agent_monitor.responder.machines.details import UNKNOWN
from ssm_agent_monitor.responder.repair.repair_words import repair_in_words
from ssm_agent_monitor.responder.settings import RepairSettings
from ssm_agent_monitor.responder.steps import Step, said_of

ACTING_STEPS = {"attach": "Attach", "reboot": "Reboot"}
BRANCHES = ("RouteDecision", "RouteAction")
OUTCOMES = {"attach": "instance profile attached", "reboot": "machine rebooted"}
AGENTS = {"Success": "agent online", "TimedOut": "agent not online yet"}
"""By the status of the step that waits."""
WAITED_MINUTES = 9
BUSY = ("LimitExceededException", "ResourceInUseException")
"""Config takes one request a minute, and none while the rule is evaluated."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, in `words` for a subject and in `lines` at length.

    `acted` is `attach`, `reboot`, `none` or `unknown`.
    """

    acted: str
    is_online: bool
    words: str
    lines: tuple[str, ...]


UNKNOWN_OUTCOME = Outcome(UNKNOWN, False, "outcome not known, see its execution", ())
"""Where the steps could not be read."""


def outcome_of(steps: dict[str, Step], action: str, settings: RepairSettings) -> Outcome:
    """From all steps of the execution by name; `action` is what was planned."""
    acted, repaired = _repaired(steps, action, settings)
    waited = steps.get("Wait", {})
    lines = (
        f"Repair: {repaired}",
        f"Agent: {_agent(waited, acted)}",
        f"AWS Config: {_evaluation(steps.get('Evaluate', {}))}",
    )
    if acted in OUTCOMES:
        words = f"{OUTCOMES[acted]}, {AGENTS.get(waited.get('StepStatus', ''), 'agent status not known')}"
    else:
        words = "nothing was done" if acted == "none" else "failed, see its execution"
    return Outcome(acted, acted in OUTCOMES and waited.get("StepStatus") == "Success", words, lines)


def _repaired(steps: dict[str, Step], action: str, settings: RepairSettings) -> tuple[str, str]:
    """What was done, and that in words: by the steps that ran, whatever was planned."""
    again = f"it is not tried again within {settings.cooldown_hours} hours"
    for each, name in ACTING_STEPS.items():
        acting, what = steps.get(name, {}), repair_in_words(each, settings)
        if acting.get("StepStatus") == "Success":
            return each, f"{what}: done"
        if acting.get("StepStatus") == "TimedOut":  # the call may have been carried out all the same
            return UNKNOWN, f"to {what} took too long and may have been done, and {again}: {said_of(acting)}"
        if _has_run(acting):
            return UNKNOWN, f"to {what} failed, and {again}: {said_of(acting)}"
    tagged = steps.get("Tag", {})
    if tagged.get("StepStatus") == "Success":
        return UNKNOWN, f"nothing was done, and {again}: {_why_not_gone_on(steps)}"
    if _has_run(tagged):
        key = settings.repaired_at_tag
        return "none", f"nothing was done: the tag {key} was not written: {said_of(tagged)}"
    return _decided(steps, action, settings)


def _decided(steps: dict[str, Step], action: str, settings: RepairSettings) -> tuple[str, str]:
    """Where the execution came no further than to its decision."""
    decided = steps.get("DecideRepair", {})
    if decided.get("StepStatus") != "Success":
        return UNKNOWN, f"nothing was done: the decision failed: {said_of(decided)}"
    if _output(decided, "Status") != DECIDED:
        return UNKNOWN, f"nothing was done: the decision failed: {_output(decided, 'Problem')}"
    if _output(decided, "Action") == "none":
        return "none", _output(decided, "Result")
    what = repair_in_words(action, settings)
    return UNKNOWN, f"nothing was done, although it was decided to {what}: {_why_not_gone_on(steps)}"


def _why_not_gone_on(steps: dict[str, Step]) -> str:
    """What the branches say; one that does not know the decision ends well."""
    branches = {name: steps.get(name, {}) for name in BRANCHES}
    said = [f"{name}: {said_of(step)}" for name, step in branches.items() if _has_failed(step)]
    return "; ".join(said) or "see its execution"


def _agent(waited: Step, acted: str) -> str:
    if not _has_run(waited):
        return "not waited for, since nothing was done" if acted == "none" else "not waited for"
    if waited.get("StepStatus") == "Success":
        return "its SSM Agent answers again"
    if waited.get("StepStatus") == "TimedOut":
        late = f"its SSM Agent did not answer within {WAITED_MINUTES} minutes"
        return f"{late}: it may take up to an hour to try again"
    return f"whether its SSM Agent answers could not be read: {said_of(waited)}"


def _evaluation(evaluated: Step) -> str:
    if not _has_run(evaluated):
        return "not asked for"
    if evaluated.get("StepStatus") == "Success":
        return "the rule is being evaluated"
    later = "the rule is evaluated at its next run"
    is_busy = any(code in str(evaluated.get("FailureMessage")) for code in BUSY)
    return later if is_busy else f"{later}: {said_of(evaluated)}"


def _has_run(step: Step) -> bool:
    return bool(step.get("StepStatus", "Pending") != "Pending")


def _has_failed(step: Step) -> bool:
    return _has_run(step) and step["StepStatus"] != "Success"


def _output(step: Step, name: str) -> str:
    """An output that is one text, of a step that succeeded: others put out a sentence in its place."""
    values: Any = step.get("Outputs", {}).get(name) or [""]
    return str(values[0]) or "it gave no answer"
