"""Step Summarize of the diagnosis: what the other steps found, in order, for the message."""

from __future__ import annotations

from typing import Any

from step_findings import findings_of_steps
from step_outputs import steps_of
from summary import groups_of
from texts import MOST_TEXTS, texts_of

TOO_LONG = "the diagnosis found more than fits into its output: see the steps of its execution"


def handler(events: dict[str, Any], _context: Any) -> dict[str, list[str]]:
    """Read what the steps `events["Steps"]` of this execution put out.

    Returns `Summary`, in texts: `Groups` of machines, as `groups_of` makes them, and `Problems`: the steps
    that put out nothing.
    """
    findings, problems = findings_of_steps(events["ExecutionId"], events["Steps"])
    groups = groups_of(findings)
    link, problem = _by_aws(events["ExecutionId"])
    problems += problem
    for group in groups:
        group["Link"] = link
    texts = texts_of({"Groups": groups, "Problems": problems})
    while len(texts) > MOST_TEXTS and groups:
        groups = groups[:-1]
        texts = texts_of({"Groups": groups, "Problems": [*problems, TOO_LONG]})
    return {"Summary": texts}


def _by_aws(execution_id: str) -> tuple[str, list[str]]:
    """The link of AWS's own runbook, empty if it wasn't started; and why that failed."""
    step = steps_of(execution_id).get("AwsTroubleshoot", {})
    said = {name: step.get("Outputs", {}).get(name, ["none"])[0] for name in ("Link", "Problem")}
    problems = [] if said["Problem"] == "none" else [said["Problem"]]
    return ("" if said["Link"] == "none" else said["Link"]), problems
