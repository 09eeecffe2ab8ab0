"""Runs the checks: side by side, each by itself, and as long as there is time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.finding import Diagnosed, Finding, could_not_check, not_looked_at
from ssm_agent_monitor.responder.diagnosis.registry import CHECKS
from ssm_agent_monitor.responder.diagnosis.summary import diagnoses_of
from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.reading import OutOfTimeError, Reader, UnreadableError, UnsureError

MOST_MACHINES = 10


def diagnose(reader: Reader, place: Place, machines: Sequence[Machine]) -> Diagnosed:
    """What all checks say of each of the first 10 machines, and for what there was no time.

    A check that fails costs itself alone; what is not read in time is not looked at.
    """
    looked_at = tuple({each.id: each for each in machines if each.id != UNKNOWN}.values())[:MOST_MACHINES]
    calls: dict[tuple[str, str], Callable[[], list[Finding]]] = {
        (machine.id, check.id): partial(findings_of, check, Facts(machine, looked_at, place, reader))
        for machine in looked_at
        for check in CHECKS
        if not isinstance(machine.instance, UnreadableError)
    }
    answers = reader.side_by_side(calls)
    findings: dict[str, tuple[Finding, ...]] = {machine.id: () for machine in looked_at}
    late = set()
    for (machine_id, check_id), answer in answers.items():
        if isinstance(answer, UnreadableError):  # it is LATE: all else that a check finds is a list
            late.add(check_id)
            answer = [replace(not_looked_at(str(answer)), check=check_id)]
        findings[machine_id] += tuple(answer)
    for machine in looked_at:
        if isinstance(machine.instance, UnreadableError):
            why = could_not_check(str(machine.instance))
            findings[machine.id] = tuple(replace(why, check=check.id) for check in CHECKS)
    titles = [check.title for check in CHECKS if check.id in late]
    problems = (f"no time was left to look at: {', '.join(titles)}",) if titles else ()
    return Diagnosed(findings, diagnoses_of(findings), problems)


def findings_of(check: Check, facts: Facts) -> list[Finding]:
    """What one check says of one machine, whatever it meets. Raises OutOfTimeError."""
    try:
        found = check.run(facts)
    except OutOfTimeError:
        raise
    except UnsureError as why:
        found = [could_not_check(str(why))]
    except Exception as error:  # on an answer of a shape that nobody has seen yet
        found = [could_not_check(f"the check failed: {type(error).__name__}: {error}")]
    return [replace(each, check=check.id) for each in found]
