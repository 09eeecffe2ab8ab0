"""What came of a repair, from what became of the steps of its runbook."""

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


def outcome(steps: list[Step], planned: str = "reboot") -> Outcome:
    return outcome_of({step.name: step for step in steps}, planned, SETTINGS)


UNDECIDED_YET = Step("DecideRepair", "TimedOut", "300 seconds are over", dict.fromkeys(DECIDED, NO_OUTPUT))
NOT_TAGGED = Step("Tag")
BOUND = "it is not tried again within 24 hours"
NOTHING = "nothing was done"
UNDECIDED = f"{NOTHING}: the decision failed"
ALTHOUGH = f"{NOTHING}, although it was decided to reboot the machine"
LATE = "took too long and may have been done"


@pytest.mark.parametrize(
    ("steps", "acted", "line"),
    [
        (ran(NOT_TAGGED, decision=HELD_BACK), "none", f"{NOTHING}: it is a spot instance"),
        (ran(NOT_TAGGED, decision=REFUSED), "unknown", f"{UNDECIDED}: Action is missing"),
        (ran(NOT_TAGGED, decision={}), "unknown", f"{UNDECIDED}: it gave no answer"),
        (ran(NOT_TAGGED, UNDECIDED_YET), "unknown", f"{UNDECIDED}: TimedOut: 300 seconds are over"),
        ([], "unknown", f"{UNDECIDED}: did not run: no message"),
        (
            ran(NOT_TAGGED, Step("RouteDecision", "Failed", "no value")),
            *("unknown", f"{ALTHOUGH}: RouteDecision: Failed: no value"),
        ),
        (ran(NOT_TAGGED), "unknown", f"{ALTHOUGH}: see its execution"),
        (
            ran(Step("Tag", "Failed", DENIED)),
            *("none", f"{NOTHING}: the tag agents:repaired-at was not written: Failed: {DENIED}"),
        ),
        (
            ran(Step("RouteAction", "Failed", "no value")),
            *("unknown", f"{NOTHING}, and {BOUND}: RouteAction: Failed: no value"),
        ),
        (
            ran(Step("Attach", "Failed", DENIED)),
            *("unknown", f"to attach the instance profile agents failed, and {BOUND}: Failed: {DENIED}"),
        ),
        (
            ran(Step("Reboot", "TimedOut", "60 seconds are over")),
            *("unknown", f"to reboot the machine {LATE}, and {BOUND}: TimedOut: 60 seconds are over"),
        ),
    ],
)
def test_what_was_not_done(steps: list[Step], acted: str, line: str) -> None:
    agent, words = "not waited for", "failed, see its execution"
    if acted == "none":
        agent, words = "not waited for, since nothing was done", NOTHING
    lines = (f"Repair: {line}", f"Agent: {agent}", "AWS Config: not asked for")
    assert outcome(steps) == Outcome(acted, False, words, lines)


@pytest.mark.parametrize(
    ("waited", "words", "line"),
    [
        (Step("Wait", "Success"), "agent online", "its SSM Agent answers again"),
        (
            Step("Wait", "TimedOut"),
            "agent not online yet",
            "its SSM Agent did not answer within 9 minutes: it may take up to an hour to try again",
        ),
        (
            Step("Wait", "Failed", DENIED),
            "agent status not known",
            f"whether its SSM Agent answers could not be read: Failed: {DENIED}",
        ),
    ],
)
@pytest.mark.parametrize(
    ("step", "acted", "done", "repair"),
    [
        ("Attach", "attach", "instance profile attached", "attach the instance profile agents: done"),
        ("Reboot", "reboot", "machine rebooted", "reboot the machine: done"),
    ],
)
def test_what_was_done(
    step: str, acted: str, done: str, repair: str, waited: Step, words: str, line: str
) -> None:
    """By the steps, whatever was planned."""
    lines = (f"Repair: {repair}", f"Agent: {line}", "AWS Config: not asked for")
    expected = Outcome(acted, waited.status == "Success", f"{done}, {words}", lines)
    assert outcome(ran(Step(step, "Success"), waited)) == expected


NEXT_RUN = "the rule is evaluated at its next run"


@pytest.mark.parametrize(
    ("evaluated", "line"),
    [
        (Step("Evaluate", "Success"), "the rule is being evaluated"),
        (Step("Evaluate", "Failed", "Step fails: An error occurred (LimitExceededException)"), NEXT_RUN),
        (Step("Evaluate", "Failed", "Step fails: An error occurred (ResourceInUseException)"), NEXT_RUN),
        (Step("Evaluate", "Failed", DENIED), f"{NEXT_RUN}: Failed: {DENIED}"),
    ],
)
def test_whether_the_rule_is_evaluated(evaluated: Step, line: str) -> None:
    assert outcome(ran(Step("Reboot", "Success"), evaluated)).lines[2] == f"AWS Config: {line}"


def test_a_request_that_names_no_action_is_told_without_one() -> None:
    line = f"Repair: {NOTHING}, although it was decided to repair it: see its execution"
    assert outcome(ran(NOT_TAGGED), planned="").lines[0] == line


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
