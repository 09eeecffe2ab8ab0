"""Answers to the runbooks: outputs of a step, of which people and other steps read."""

from __future__ import annotations

from collections.abc import Iterable

from ssm_agent_monitor.responder.output_text import output_of

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
