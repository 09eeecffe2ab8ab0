"""What the steps of a diagnosis found."""

from __future__ import annotations

from finding import Finding
from step_outputs import in_child, said_of, steps_of
from texts import value_of


def findings_of_steps(execution_id: str, names: list[str]) -> tuple[dict[str, list[Finding]], list[str]]:
    """The findings of each machine by its id, from the steps of these names.

    Also the steps that put out nothing, with what Automation says of each.
    """
    steps = steps_of(execution_id)
    findings: dict[str, list[Finding]] = {}
    problems: list[str] = []
    for name in names:
        step = steps.get(name, {})
        if step.get("Action") == "aws:executeAutomation":
            step = in_child(step, name)
        texts = step.get("Outputs", {}).get("Findings")
        if step.get("StepStatus") != "Success" or not texts:
            problems.append(f"the diagnosis, step {name}: {said_of(step)}"[:500])
            continue
        for machine_id, found in findings_by_machine(texts).items():
            findings.setdefault(machine_id, []).extend(found)
    return findings, problems


def findings_by_machine(texts: list[str]) -> dict[str, list[Finding]]:
    """The findings of a step's output, by the machine's id."""
    packed = value_of(texts)
    return {
        machine_id: [packed["findings"][position] for position in positions]
        for machine_id, positions in packed["machines"].items()
    }
