"""What came of a repair, from what became of the steps of its runbook."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ssm_agent_monitor.responder.repair.outcome import Outcome, outcome_of
from ssm_agent_monitor.responder.steps import Step, why_not
from tests.unit.repair_facts_of import SETTINGS

NO_OUTPUT = "No output available yet because the step is not successfully executed"
DENIED = "An error occurred (UnauthorizedOperation) when calling the operation: not authorized"
DECIDED = {"Status": "decided", "Action": "reboot", "Result": "reboot the machine"}
HELD_BACK = {"Status": "decided", "Action": "none", "Result": "nothing was done: it is a spot instance"}
REFUSED = {"Status": "failed", "Action": "none", "Result": "failed", "Problem": "Action is missing"}


def ran(*steps: Step, decision: Mapping[str, str] = DECIDED) -> list[Step]:
    """The steps of an execution: those before, which succeeded, those given, and the rest."""
    before = (Step("DecideRepair", "Success", outputs=decision), Step("RouteDecision", "Success"))
    rest = ("RouteAction", "Attach", "Reboot", "Wait", "Evaluate", "ReportRepair", "PublishSentence")
    return [*map(Step, rest), *before, Step("Tag", "Success"), *steps]


NOT_TAGGED = Step("Tag")
REBOOTED = (Step("Reboot", "Success"), Step("Wait", "Success"))
NO_AGENT = "not waited for"
BACK = "its SSM Agent answers again"
NO_CONFIG = "not asked for"
AT_NEXT = "the rule is evaluated at its next run"
DONE = "reboot the machine: done"
FAILED = "failed, see its execution"
ONLINE = "machine rebooted, agent online"
AGAIN = "it is not tried again within 24 hours"
ALTHOUGH = "nothing was done, although it was decided to reboot the machine"
UNDECIDED = "nothing was done: the decision failed"
LATE = "its SSM Agent did not answer within 9 minutes: it may take up to an hour to try again"
UNSEEN = f"whether its SSM Agent answers could not be read: Failed: {DENIED}"

# What became of the steps; what was done, and that in words for a subject; what the message says of the repair,
# of the agent and of AWS Config.
OUTCOMES: dict[str, tuple[list[Step], str, str, tuple[str, str, str]]] = {
    "held back": (
        ran(NOT_TAGGED, decision=HELD_BACK),
        "none",
        "nothing was done",
        (HELD_BACK["Result"], f"{NO_AGENT}, since nothing was done", NO_CONFIG),
    ),
    "refused": (
        ran(NOT_TAGGED, decision=REFUSED),
        "unknown",
        FAILED,
        (f"{UNDECIDED}: Action is missing", NO_AGENT, NO_CONFIG),
    ),
    "without an answer": (
        ran(NOT_TAGGED, decision={}),
        "unknown",
        FAILED,
        (f"{UNDECIDED}: it gave no answer", NO_AGENT, NO_CONFIG),
    ),
    "decision timed out": (
        ran(NOT_TAGGED, Step("DecideRepair", "TimedOut", "too late", dict.fromkeys(DECIDED, NO_OUTPUT))),
        "unknown",
        FAILED,
        (f"{UNDECIDED}: TimedOut: too late", NO_AGENT, NO_CONFIG),
    ),
    "no steps": (
        [],
        "unknown",
        FAILED,
        (f"{UNDECIDED}: did not run: no message", NO_AGENT, NO_CONFIG),
    ),
    "not gone on": (
        ran(NOT_TAGGED, Step("RouteDecision", "Failed", "no value")),
        "unknown",
        FAILED,
        (f"{ALTHOUGH}: RouteDecision: Failed: no value", NO_AGENT, NO_CONFIG),
    ),
    "another decision": (
        ran(NOT_TAGGED),
        "unknown",
        FAILED,
        (f"{ALTHOUGH}: see its execution", NO_AGENT, NO_CONFIG),
    ),
    "tag denied": (
        ran(Step("Tag", "Failed", DENIED)),
        "none",
        "nothing was done",
        (
            f"nothing was done: the tag agents:repaired-at was not written: Failed: {DENIED}",
            f"{NO_AGENT}, since nothing was done",
            NO_CONFIG,
        ),
    ),
    "tagged only": (
        ran(Step("RouteAction", "Failed", "no value")),
        "unknown",
        FAILED,
        (f"nothing was done, and {AGAIN}: RouteAction: Failed: no value", NO_AGENT, NO_CONFIG),
    ),
    "attach denied": (
        ran(Step("Attach", "Failed", DENIED)),
        "unknown",
        FAILED,
        (f"to attach the instance profile agents failed, and {AGAIN}: Failed: {DENIED}", NO_AGENT, NO_CONFIG),
    ),
    "reboot timed out": (
        ran(Step("Reboot", "TimedOut", "too late")),
        "unknown",
        FAILED,
        (
            f"to reboot the machine took too long and may have been done, and {AGAIN}: TimedOut: too late",
            NO_AGENT,
            NO_CONFIG,
        ),
    ),
    "attached": (
        ran(Step("Attach", "Success"), Step("Wait", "TimedOut")),
        "attach",
        "instance profile attached, agent not online yet",
        ("attach the instance profile agents: done", LATE, NO_CONFIG),
    ),
    "wait denied": (
        ran(Step("Reboot", "Success"), Step("Wait", "Failed", DENIED)),
        "reboot",
        "machine rebooted, agent status not known",
        (DONE, UNSEEN, NO_CONFIG),
    ),
    "not evaluated": (ran(*REBOOTED), "reboot", ONLINE, (DONE, BACK, NO_CONFIG)),
    "evaluated": (
        ran(*REBOOTED, Step("Evaluate", "Success")),
        "reboot",
        ONLINE,
        (DONE, BACK, "the rule is being evaluated"),
    ),
    "evaluated lately": (
        ran(*REBOOTED, Step("Evaluate", "Failed", "An error occurred (LimitExceededException) when calling")),
        "reboot",
        ONLINE,
        (DONE, BACK, AT_NEXT),
    ),
    "evaluated right now": (
        ran(*REBOOTED, Step("Evaluate", "Failed", "An error occurred (ResourceInUseException) when calling")),
        "reboot",
        ONLINE,
        (DONE, BACK, AT_NEXT),
    ),
    "evaluation denied": (
        ran(*REBOOTED, Step("Evaluate", "Failed", DENIED)),
        "reboot",
        ONLINE,
        (DONE, BACK, f"{AT_NEXT}: Failed: {DENIED}"),
    ),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_outcome(name: str) -> None:
    steps, acted, words, (repair, agent, config) = OUTCOMES[name]
    outcome = outcome_of({step.name: step for step in steps}, "reboot", SETTINGS)
    lines = (f"Repair: {repair}", f"Agent: {agent}", f"AWS Config: {config}")
    assert outcome == Outcome(acted, agent == BACK, words, lines)


def test_a_request_that_names_no_action_is_told_without_one() -> None:
    outcome = outcome_of({step.name: step for step in ran(NOT_TAGGED)}, "", SETTINGS)
    said = "Repair: nothing was done, although it was decided to repair it: see its execution"
    assert outcome.lines[0] == said


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (Step("Restart", "Success"), ""),
        (Step("Restart"), "did not run"),
        (None, "did not run"),
        (Step("Restart", "Failed", "denied"), "Failed: denied"),
        (Step("Restart", "Cancelled"), "Cancelled: no message"),
    ],
)
def test_why_a_step_did_not_succeed(step: Step | None, why: str) -> None:
    assert why_not(step) == why
