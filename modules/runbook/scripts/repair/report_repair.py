"""Step Report of the repair: one message that says what was done, and what came of it."""

from __future__ import annotations

from typing import Any

from chat import post
from details import UNKNOWN
from facts import SCHEMA_VERSION, attributes_of, key_of, machine_facts, totals_facts
from machines import Machine, look_up_all, machines_of
from message import Event, cleaned, ending, links_of, section, title_of
from output_text import output_of
from protocols import for_each_protocol
from sending import send
from step_outputs import Step, said_of, steps_of
from totals import totals_of

STEPS = {"Act": "Repair", "Wait": "Agent", "Evaluate": "AWS Config"}
OUTCOMES = {"attach": "instance profile attached", "reboot": "machine rebooted"}


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Send the message.

    `events` has the document's parameters, and what `message_of` needs besides.
    Returns `Result`, without braces.
    """
    steps = steps_of(events["ExecutionId"])
    acted = first_of(steps.get("Act", {}), "Acted")
    is_online = first_of(steps.get("Wait", {}), "Online") == "yes"
    change = "Recovered" if is_online else "Lost"
    machines = machines_of([f"{change} | {events['InstanceId']} | NON_COMPLIANT | "])
    problems = look_up_all(machines, events["TagKeys"])
    outcome = outcome_of(acted, is_online)
    lines = [f"{title}: {result_of(steps.get(name, {}))}" for name, title in STEPS.items()]
    subject = f"SSM Agent repair: {events['InstanceId']}: {outcome}"
    where = f"in {events['AccountId']} {events['Region']}"
    text = (
        f"Repair of {title_of(cleaned(machines[0]))} {where}: {outcome}.\n"
        + section("WHAT WAS DONE", lines)
        + ending(links_of(machines[0], events), problems, None)
    )
    facts = repair_facts_of(machines[0], events, {"action": acted, "outcome": outcome, "steps": lines})
    body = for_each_protocol(text, facts)
    send(events["TopicArn"], subject, body, MessageStructure="json", MessageAttributes=attributes_of(facts))
    problems = post(events["ChatTopicArn"], subject, text, facts)
    return {"Result": output_of("; ".join([outcome, *problems]))}


def first_of(step: Step, output: str) -> str:
    """An output that is one text; `unknown` if the step has not put it out."""
    return str((step.get("Outputs", {}).get(output) or [UNKNOWN])[0])


def outcome_of(acted: str, is_online: bool) -> str:
    """What came of it, in the words of the subject."""
    if acted not in OUTCOMES:
        return "nothing was done" if acted == "none" else "failed, see its execution"
    return f"{OUTCOMES[acted]}, agent {'online' if is_online else 'not online yet'}"


def result_of(step: Step) -> str:
    """What a step says itself, else what Automation says of it."""
    if step.get("StepStatus") == "Success":
        return first_of(step, "Result")
    return said_of(step)


def repair_facts_of(machine: Machine, event: Event, repair: dict[str, Any]) -> dict[str, Any]:
    """The same for machines that read, as docs/message.schema.json describes it."""
    about = machine_facts(machine, event)
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "repair",
        "key": key_of(event, machine["Id"]),
        "status": about["status"],
        "previous_status": "lost",
        "cause": about["cause"],
        "since": None,
        "detected_at": event["DetectedAt"],
        "account": event["AccountId"],
        "region": event["Region"],
        "rule": event["RuleName"],
        "totals": totals_facts(totals_of([], [machine], [machine])),
        "machines": [about],
        "machines_left_out": 0,
        "repair": repair,
        "links": links_of(machine, event),
    }
