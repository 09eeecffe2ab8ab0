"""Step Summarize of the diagnosis: what the other steps found, in order, for the message."""

from __future__ import annotations

from typing import Any

from step_findings import findings_of_steps
from step_outputs import Step, in_child, steps_of
from summary import groups_of
from texts import MOST_TEXTS, texts_of, value_of

TOO_LONG = "the diagnosis found more than fits into its output: see the steps of its execution"


def handler(events: dict[str, Any], _context: Any) -> dict[str, list[str]]:
    """Read what the steps `events["Steps"]` of this execution put out.

    Returns `Summary`, in texts: `Groups` of machines, as `groups_of` makes them, and `Problems`: the steps
    that put out nothing; if `events["IsRepairPlanned"]`, also `Repair`: what the step PlanRepair put out.
    """
    findings, problems = findings_of_steps(events["ExecutionId"], events["Steps"])
    groups = groups_of(findings)
    steps = steps_of(events["ExecutionId"])
    link, problem = _by_aws(steps.get("AwsTroubleshoot", {}))
    problems += problem
    for group in groups:
        group["Link"] = link
    more = {"Repair": _plan_of(steps.get("PlanRepair", {}))} if events.get("IsRepairPlanned") else {}
    texts = texts_of({"Groups": groups, "Problems": problems, **more})
    while len(texts) > MOST_TEXTS and groups:
        groups = groups[:-1]
        texts = texts_of({"Groups": groups, "Problems": [*problems, TOO_LONG], **more})
    return {"Summary": texts}


def _by_aws(step: Step) -> tuple[str, list[str]]:
    """The link of AWS's own runbook, empty if it wasn't started; and why that failed."""
    said = {name: step.get("Outputs", {}).get(name, ["none"])[0] for name in ("Link", "Problem")}
    problems = [] if said["Problem"] == "none" else [said["Problem"]]
    return ("" if said["Link"] == "none" else said["Link"]), problems


def _plan_of(step: Step) -> Any:
    """What the repair would do; that it isn't known if that failed."""
    if texts := in_child(step, "PlanRepair").get("Outputs", {}).get("Plan"):
        return value_of(texts)
    why = step.get("FailureMessage", "the step PlanRepair did not run")
    return {"Action": "", "Text": f"The runbook repairs nothing: {why}"[:500], "HeldBack": []}
