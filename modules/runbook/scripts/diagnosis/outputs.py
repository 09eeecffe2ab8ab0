"""What a step of the diagnosis hands on: the findings of each machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from finding import COULD_NOT_CHECK, NOT_LOOKED_AT, TEXT_CHARACTERS, Finding, finding
from reading import Unreadable, is_late
from subjects import Subject, subjects_of
from texts import MOST_TEXTS, texts_of


def findings_of_each(
    lines: list[str], checks: list[str], check: Callable[[Subject], list[Finding]]
) -> dict[str, list[str]]:
    """A step's output `Findings`; a machine that can't be checked loses no other.

    `lines` are the parameter `Machines`, `checks` are the names of those that `check` makes of a machine: if
    it fails, they could not check. step_findings.py reads the output.
    """
    found = {subject["Id"]: _findings_of(subject, checks, check) for subject in subjects_of(lines)}
    for characters in (TEXT_CHARACTERS, 300, 150, 75):
        texts = texts_of(_packed(found, characters))
        if len(texts) <= MOST_TEXTS:
            break
    return {"Findings": texts}


def _findings_of(
    subject: Subject, checks: list[str], check: Callable[[Subject], list[Finding]]
) -> list[Finding]:
    if is_late():
        return [finding(name, NOT_LOOKED_AT, "no time was left") for name in checks]
    if isinstance(subject["Instance"], Unreadable):
        return [finding(name, COULD_NOT_CHECK, subject["Instance"]) for name in checks]
    try:
        return check(subject)
    except Exception as error:  # an answer of a shape that nobody has seen yet must not hide the rest
        why = f"the check failed: {type(error).__name__}: {error}"
        return [finding(name, COULD_NOT_CHECK, why) for name in checks]


def _packed(found: dict[str, list[Finding]], characters: int) -> dict[str, Any]:
    """Each finding once, however many machines have it, with texts of so many characters."""
    unique: list[Finding] = []
    machines: dict[str, list[int]] = {}
    for machine_id, findings in found.items():
        machines[machine_id] = []
        for each in findings:
            short = {
                key: value[:characters] if key in ("Found", "Do") else value for key, value in each.items()
            }
            if short not in unique:
                unique.append(short)
            machines[machine_id].append(unique.index(short))
    return {"findings": unique, "machines": machines}
