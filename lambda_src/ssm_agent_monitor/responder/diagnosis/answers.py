"""What a check of the machine or of its permissions answers, in short, and the findings made of it.

An answer is a sentence (fine), an Unreadable (could not check), a Skipped (not looked at), or a list of what
is broken: sentence, what to do, command (what follows `aws `, without the Region), ids that were looked at.
"""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.diagnosis.finding import (
    BROKEN,
    COULD_NOT_CHECK,
    FINE,
    NOT_LOOKED_AT,
    Finding,
    finding,
)
from ssm_agent_monitor.responder.reading import Unreadable


class Skipped(Unreadable):
    """Why something was not looked at."""

    __slots__ = ()


def findings_of_answer(check: str, answer: Any, region: str) -> list[Finding]:
    """The findings of a check, from what it answers."""
    if isinstance(answer, list):
        return [
            finding(check, BROKEN, found, ids, do, f"aws {command} --region {region}")
            for found, do, command, *ids in answer
        ]
    if isinstance(answer, Skipped):
        return [finding(check, NOT_LOOKED_AT, answer)]
    return [finding(check, COULD_NOT_CHECK if isinstance(answer, Unreadable) else FINE, answer)]
