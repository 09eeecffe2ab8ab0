"""Runs the checks: side by side, each by itself, and as long as there is time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ssm_agent_monitor.responder.diagnosis.finding import COULD_NOT_CHECK, NOT_LOOKED_AT, Finding, finding
from ssm_agent_monitor.responder.diagnosis.identity_checks import identity_tasks
from ssm_agent_monitor.responder.diagnosis.machine_checks import machine_tasks
from ssm_agent_monitor.responder.diagnosis.network_checks import network_tasks
from ssm_agent_monitor.responder.diagnosis.place import Place
from ssm_agent_monitor.responder.diagnosis.registry import CHECKS
from ssm_agent_monitor.responder.diagnosis.subjects import Subject
from ssm_agent_monitor.responder.diagnosis.task import Task
from ssm_agent_monitor.responder.reading import LATE, OutOfTimeError, Reader, Unreadable

Findings = dict[str, list[Finding]]
"""By the machine's id."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """Why a check could not be made: its code failed on an answer of a shape that nobody has seen yet."""

    why: str


def diagnose(reader: Reader, place: Place, subjects: list[Subject]) -> tuple[Findings, list[str]]:
    """What all checks say of each machine, and for what there was no time.

    A check that fails costs itself alone; what is not read in time is not looked at.
    """
    tasks = [
        (subject, task)
        for subject in subjects
        for make in (machine_tasks, identity_tasks, network_tasks)
        for task in make(reader, place, subject, [each["Id"] for each in subjects])
    ]
    answers = reader.side_by_side(
        {
            number: _guarded(task.read)
            for number, (subject, task) in enumerate(tasks)
            if not isinstance(subject["Instance"], Unreadable)
        }
    )
    findings: Findings = {subject["Id"]: [] for subject in subjects}
    late: list[str] = []
    for number, (subject, task) in enumerate(tasks):
        findings[subject["Id"]] += _findings_of(subject, task, answers.get(number))
        late += task.checks if answers.get(number) is LATE else []
    titles = [title for check, (title, _) in CHECKS.items() if check in late]
    return findings, [f"no time was left to look at: {', '.join(titles)}"] if titles else []


def _guarded(read: Callable[[], Any]) -> Callable[[], Any]:
    def guarded() -> Any:
        try:
            return read()
        except OutOfTimeError:
            raise
        except Exception as error:
            return _failed(error)

    return guarded


def _failed(error: Exception) -> _Failed:
    return _Failed(f"the check failed: {type(error).__name__}: {error}")


def _findings_of(subject: Subject, task: Task, answer: Any) -> list[Finding]:
    if answer is LATE:
        return [finding(check, NOT_LOOKED_AT, "no time was left") for check in task.checks]
    if isinstance(subject["Instance"], Unreadable):
        return [finding(check, COULD_NOT_CHECK, subject["Instance"]) for check in task.checks]
    if not isinstance(answer, _Failed):
        try:
            return task.findings(answer)
        except Exception as error:
            answer = _failed(error)
    return [finding(check, COULD_NOT_CHECK, answer.why) for check in task.checks]
