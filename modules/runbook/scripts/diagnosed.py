"""What the diagnosis found: the execution that looked for causes has put it out."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from machines import Machine
from step_outputs import in_child, steps_of


def add_diagnosis(machines: list[Machine], execution_id: str) -> list[str]:
    """Add to each machine that was looked at its `Diagnosis`, and `Likely`, the likely cause in words.

    `execution_id` is that of the execution whose step Diagnose looked for causes. `Diagnosis` is a group of
    diagnosis/summary.py. Returns what could not be read.
    """
    try:
        step = in_child(steps_of(execution_id).get("Diagnose", {}), "Summarize")
        texts = step.get("Outputs", {}).get("Summary") or []
        summary: dict[str, Any] = json.loads("".join(texts))
    except (BotoCoreError, ClientError) as error:
        return [f"what the diagnosis found could not be read: {error}"]
    except ValueError:
        said = step.get("FailureMessage") or step.get("StepStatus") or "it did not run"
        return [f"what the diagnosis found could not be read: {said}"]
    for group in summary["Groups"]:
        for machine in machines:
            if machine["Id"] in group["Ids"]:
                repair = {"Repair": summary["Repair"]} if "Repair" in summary else {}
                machine |= {"Diagnosis": group | repair, "Likely": group["Cause"]}
    problems: list[str] = summary["Problems"]
    return problems


def planned_repair(machines: list[Machine]) -> str:
    """The repair of the one machine that the message is about, `attach` or `reboot`; else `none`."""
    plans = [machine["Diagnosis"].get("Repair", {}) for machine in machines]
    return (plans[0].get("Action") if len(plans) == 1 else "") or "none"
