"""What all checks together say: the likely cause first, and once for machines that share it."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.diagnosis.finding import BROKEN, COULD_NOT_CHECK, FINE, Finding
from ssm_agent_monitor.responder.diagnosis.registry import CHECKS

Group = dict[str, Any]
"""Machines with the same likely cause: `Ids`; `Check` and `Cause`, the first broken check and its words,
empty if none is; `Broken`: findings, the likely cause first; `Changed`, `CouldNotCheck`, `Fine` and
`NotLookedAt`: texts."""

MOST = 10
"""Of each kind."""


def groups_of(findings: dict[str, list[Finding]]) -> list[Group]:
    """The machines grouped by what is broken first; those of which nothing is known to be broken come last.

    `findings` are those of each machine by its id.
    """
    by_cause: dict[tuple[str, str], dict[str, list[Finding]]] = {}
    for machine_id, found in findings.items():
        broken = sorted(_with(found, BROKEN), key=_likelihood)
        cause = (broken[0]["Check"], broken[0]["Found"]) if broken else ("", "")
        by_cause.setdefault(cause, {})[machine_id] = found
    groups = [_common(check, machines) for (check, _), machines in by_cause.items()]
    return sorted(groups, key=lambda group: not group["Check"])


def _likelihood(each: Finding) -> tuple[bool, int]:
    """The order of causes: a change is only one if nothing else is broken."""
    return each["Check"] == "changes", [*CHECKS].index(each["Check"])


def _common(check: str, machines: dict[str, list[Finding]]) -> Group:
    """A check that is fine for one machine and not for another is not called fine."""
    found = [each for findings in machines.values() for each in findings]
    broken = _once(sorted(_with(found, BROKEN), key=_likelihood))
    unsure = _once(_with(found, COULD_NOT_CHECK))
    fine = [name for name in CHECKS if {each["Verdict"] for each in found if each["Check"] == name} == {FINE}]
    named = {*fine, *(each["Check"] for each in [*broken, *unsure])}
    return {
        "Ids": [*machines],
        "Check": check,
        "Cause": CHECKS[check][1] if check else "",
        "Changed": [_sentence(each["Found"]) for each in broken if each["Check"] == "changes"][:MOST],
        "Broken": [_short(each) for each in broken if each["Check"] != "changes"][:MOST],
        "CouldNotCheck": [f"{CHECKS[each['Check']][0]}: {each['Found']}" for each in unsure][:MOST],
        "Fine": [CHECKS[name][0] for name in fine],
        "NotLookedAt": [title for name, (title, _) in CHECKS.items() if name not in named],
    }


def _short(each: Finding) -> Finding:
    kept = {name: each[name] for name in ("Check", "Found", "Do", "Command", "LookedAt")}
    return kept | {"Found": _sentence(each["Found"])}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _with(findings: list[Finding], verdict: str) -> list[Finding]:
    return [each for each in findings if each["Verdict"] == verdict]


def _once(findings: list[Finding]) -> list[Finding]:
    """Each check's sentence once; commands differ between machines, and the first stands for all."""
    unique: dict[tuple[str, str], Finding] = {}
    for each in findings:
        unique.setdefault((each["Check"], each["Found"]), each)
    return [*unique.values()]
