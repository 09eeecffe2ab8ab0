"""What checks find: a verdict each, in one sentence, with what mends it; and what they say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

TEXT_CHARACTERS = 600


class Verdict(StrEnum):
    """The four answers of a check (docs/diagnosis.md)."""

    BROKEN = "broken"
    FINE = "fine"
    COULD_NOT_CHECK = "could not check"
    NOT_LOOKED_AT = "not looked at"


@dataclass(frozen=True, slots=True)
class Remedy:
    """What mends it: one sentence, with a colon at its end if a command follows; and the command.

    The command may name the machine.
    """

    words: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of one machine.

    `found` is one sentence, without its full stop. It names the role, subnet or table, never the machine:
    machines with the same sentence are told together. `looked_at` are ids or names. Only what is broken has a
    `remedy`. `check` is the id of the check; what runs it sets it.
    """

    verdict: Verdict
    found: str
    looked_at: tuple[str, ...] = ()
    remedy: Remedy | None = None
    check: str = ""


def _finding(
    verdict: Verdict, found: str, looked_at: Iterable[str] = (), remedy: Remedy | None = None
) -> Finding:
    return Finding(verdict, found[:TEXT_CHARACTERS], tuple(sorted(set(looked_at))[:20]), remedy)


fine = partial(_finding, Verdict.FINE)
"""What was looked at is as it should be."""

could_not_check = partial(_finding, Verdict.COULD_NOT_CHECK)
"""Why it is not certain. A check whose whole answer this is raises UnsureError in its place."""

not_looked_at = partial(_finding, Verdict.NOT_LOOKED_AT)
"""Why it has no meaning here, or can't be seen."""


def broken(found: str, looked_at: Iterable[str], words: str, command: str = "") -> Finding:
    """What keeps the agent from Systems Manager, and what mends it."""
    remedy = Remedy(words[:TEXT_CHARACTERS], command[:TEXT_CHARACTERS])
    return _finding(Verdict.BROKEN, found, looked_at, remedy)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What all checks say of machines with the same likely cause.

    `check` and `cause` are the first broken check and its words, empty if none is. `broken` has the likely
    cause first. The others are sentences, or titles of checks.
    """

    machine_ids: tuple[str, ...]
    check: str = ""
    cause: str = ""
    changed: tuple[str, ...] = ()
    broken: tuple[Finding, ...] = ()
    could_not_check: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()
    not_looked_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """What a run of all checks gave.

    `findings` are by the machine's id, `diagnoses` group the machines by likely cause, `problems` say for
    what there was no time.
    """

    findings: Mapping[str, tuple[Finding, ...]]
    diagnoses: tuple[Diagnosis, ...] = ()
    problems: tuple[str, ...] = ()

    def of(self, machine_id: str) -> Diagnosis | None:
        """The diagnosis of a machine; None: it was not looked at."""
        return next((each for each in self.diagnoses if machine_id in each.machine_ids), None)
