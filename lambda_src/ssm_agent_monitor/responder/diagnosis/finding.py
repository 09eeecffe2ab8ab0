"""A finding: what one check of the diagnosis says of one machine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

BROKEN = "broken"
FINE = "fine"
COULD_NOT_CHECK = "could not check"
NOT_LOOKED_AT = "not looked at"

TEXT_CHARACTERS = 600

Finding = dict[str, Any]
"""`Check`, `Verdict`, `LookedAt` (ids), and texts of one line: `Found`, `Do`, `Command`."""


def finding(
    check: str, verdict: str, found: str, looked_at: Iterable[str] = (), do: str = "", command: str = ""
) -> Finding:
    """What a check says.

    Args:
        check: a check of registry.py.
        verdict: one of the four.
        found: one sentence, without its full stop. It names the role, subnet or table, never the machine:
            machines with the same sentence are told together.
        looked_at: ids or names of what was looked at.
        do: what to do, one sentence with a colon at its end if a command follows; only if it is broken.
        command: the command or link for it; it may name the machine.
    """
    return {
        "Check": check,
        "Verdict": verdict,
        "Found": found[:TEXT_CHARACTERS],
        "LookedAt": sorted(set(looked_at))[:20],
        "Do": do[:TEXT_CHARACTERS],
        "Command": command[:TEXT_CHARACTERS],
    }
