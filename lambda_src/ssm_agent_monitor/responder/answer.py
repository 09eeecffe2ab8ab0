"""Answers to the runbooks: outputs of a step, of which people and other steps read."""

from __future__ import annotations

import re
from collections.abc import Iterable

Answer = dict[str, str | list[str]]
"""By the output's name. `Status` says how it went; a runbook goes by it."""

SENT = "sent"
"""All that is due: no message at all, if nobody needs to hear of anything."""
FAILED = "failed"
DECIDED = "decided"
DONE = "done"


def answer_of(status: str, result: str, problems: Iterable[str] = (), **more: str) -> Answer:
    """An answer with texts of one line: what was done, and what could not be read (`none`: all could)."""
    texts = {"Result": result, "Problem": "; ".join(dict.fromkeys(problems)), **more}
    return {"Status": status, **{name: output_of(text) for name, text in texts.items()}}


def output_of(text: str) -> str:
    """One line that isn't empty, of at most 8,000 characters, without braces and control characters.

    Automation takes what stands in two braces for a variable, in an output too.
    """
    line = re.sub(r"[\s{}]+", " ", text[:20_000])
    return "".join(filter(str.isprintable, line))[:8000].strip() or "none"
