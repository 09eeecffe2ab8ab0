"""Step Notify: looks the machines up again, and sends one message about those of which it is still true."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from chat import post
from diagnosed import add_diagnosis, planned_repair
from digest import digest_of, digest_subject
from facts import attributes_of, facts_of
from look_closer import look_closer
from machines import Machine, look_up_all, machines_of
from message import Event, message_of, subject_of
from output_text import output_of
from protocols import for_each_protocol
from sending import send
from step_outputs import Step, said_of, steps_of
from still_true import why_left_out
from totals import Totals, totals_of, with_likely_causes


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Send the message, unless nobody is left to tell of.

    `events` has the document's parameters, the values that `message_of` names, `Mode` (`digest` or
    `instance`), `TagKeys`: the tags to show, `UserSteps`: the names of the user's steps, `IsDiagnosed`:
    whether a step has looked for causes.
    Returns `Result`, which says what was sent and what was left out, `Problem`: `none`, or what could not be
    read, and `Repair`: `none`, or what is to be done next. None has braces.
    """
    machines = machines_of(events["Machines"])
    problems = look_up_all(machines, events["TagKeys"]) + look_closer(machines)
    reasons = [(machine, why_left_out(machine)) for machine in machines]
    told = [machine for machine, why in reasons if not why]
    left_out = [f"{machine['Id']}: {why}" for machine, why in reasons if why]
    totals = totals_of(events["Totals"], machines, told)
    if not told:
        not_named = sum(totals.values())
        rest = [f"{not_named:,} that the event does not name: not looked up"] if not_named else []
        return _outputs(f"no message, for {'; '.join(left_out + rest) or 'no machine'}", [])
    if events["IsDiagnosed"] and any(machine["Change"] == "Lost" for machine in told):
        problems += add_diagnosis(told, events["ExecutionId"])
    _tell(told, totals, events, problems)
    result = f"message sent, for {', '.join(machine['Id'] for machine in told)}"
    result = f"{result}; left out: {'; '.join(left_out)}" if left_out else result
    return _outputs(result, problems) | {"Repair": planned_repair(told)}


def _tell(machines: list[Machine], totals: Totals, events: Event, problems: list[str]) -> None:
    """Send the message about one machine if there is no other to tell of, else that about several.

    Adds to `problems` what could not be read, and why the message is not in the chat channel.
    """
    failures = None
    if events["UserSteps"] and any(machine["Change"] == "Lost" for machine in machines):
        try:
            failures = _failures(events["ExecutionId"], events["UserSteps"])
        except (BotoCoreError, ClientError) as error:
            problems.append(f"which of the steps failed could not be looked up: {error}")
    if events["Mode"] == "instance" or sum(totals.values()) == 1:
        subject = subject_of(machines[0], events)
        text = message_of(machines[0], events, problems, failures)
    else:
        shown = with_likely_causes(totals, machines)
        subject = digest_subject(shown, events)
        text = digest_of(machines, shown, events, problems, failures)
    facts = facts_of(machines, totals, events, subject)
    body = for_each_protocol(text, facts)
    send(events["TopicArn"], subject, body, MessageStructure="json", MessageAttributes=attributes_of(facts))
    problems += post(events["ChatTopicArn"], subject, text, facts)


def _outputs(result: str, problems: list[str]) -> dict[str, str]:
    return {"Result": output_of(result), "Problem": output_of("; ".join(problems)), "Repair": "none"}


def _failures(execution_id: str, names: list[str]) -> dict[str, str]:
    """The user's steps that did not succeed, with what Automation says of each."""
    steps = steps_of(execution_id)
    said = {name: _why_not(steps.get(name, {})) for name in names}
    return {name: why for name, why in said.items() if why}


def _why_not(step: Step) -> str:
    """Why a step did not succeed; empty: it did."""
    plain = {"Success": "", "Pending": "did not run"}
    return plain.get(step.get("StepStatus", "Pending"), said_of(step))
