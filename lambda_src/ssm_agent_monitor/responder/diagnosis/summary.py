"""What all checks together say: the likely cause first, and once for machines that share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ssm_agent_monitor.responder.diagnosis.finding import Diagnosis, Finding, Verdict
from ssm_agent_monitor.responder.diagnosis.registry import CHECKS, check_with

MOST = 10
"""Of each kind."""

CHANGES = "changes"
"""The check whose findings are told first, and are the cause only if nothing else is broken."""

RANKS = {check.id: rank for rank, check in enumerate(CHECKS)}


def diagnoses_of(findings: Mapping[str, Iterable[Finding]]) -> tuple[Diagnosis, ...]:
    """The machines grouped by what is broken first; those of which nothing is known to be broken come last.

    `findings` are those of each machine by its id.
    """
    by_cause: dict[tuple[str, str], dict[str, tuple[Finding, ...]]] = {}
    for machine_id, found in findings.items():
        first = next(iter(_broken(found)), None)
        cause = (first.check, first.found) if first else ("", "")
        by_cause.setdefault(cause, {})[machine_id] = tuple(found)
    diagnoses = [_diagnosis(check_id, machines) for (check_id, _), machines in by_cause.items()]
    return tuple(sorted(diagnoses, key=lambda each: not each.check))


def _diagnosis(check_id: str, machines: Mapping[str, tuple[Finding, ...]]) -> Diagnosis:
    """A check that is fine for one machine and not for another is not called fine."""
    found = [each for findings in machines.values() for each in findings]
    told = [replace(each, found=each.found[:1].upper() + each.found[1:]) for each in _broken(found)]
    unsure = _once(each for each in found if each.verdict is Verdict.COULD_NOT_CHECK)
    verdicts = {check.id: {each.verdict for each in found if each.check == check.id} for check in CHECKS}
    fine = [check for check in CHECKS if verdicts[check.id] == {Verdict.FINE}]
    named = {each.check for each in [*told, *unsure]} | {check.id for check in fine}
    return Diagnosis(
        machine_ids=tuple(machines),
        check=check_id,
        cause=check_with(check_id).cause if check_id else "",
        changed=tuple(each.found for each in told if each.check == CHANGES)[:MOST],
        broken=tuple(each for each in told if each.check != CHANGES)[:MOST],
        could_not_check=tuple(f"{check_with(each.check).title}: {each.found}" for each in unsure)[:MOST],
        fine=tuple(check.title for check in fine),
        not_looked_at=tuple(check.title for check in CHECKS if check.id not in named),
    )


def _broken(findings: Iterable[Finding]) -> list[Finding]:
    """What is broken, the likely cause first."""
    found = sorted(
        (each for each in findings if each.verdict is Verdict.BROKEN),
        key=lambda each: (each.check == CHANGES, RANKS[each.check]),
    )
    return _once(found)


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Each check's sentence once; commands differ between machines, and the first stands for all."""
    unique: dict[tuple[str, str], Finding] = {}
    for each in findings:
        unique.setdefault((each.check, each.found), each)
    return [*unique.values()]
