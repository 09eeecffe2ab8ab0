"""What is run side by side: one or several checks of one machine, which read together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ssm_agent_monitor.responder.diagnosis.finding import Finding


@dataclass(frozen=True, slots=True)
class Task:
    """`read` is called in a thread; `findings` makes the findings of `checks` from its answer."""

    checks: list[str]
    read: Callable[[], Any]
    findings: Callable[[Any], list[Finding]]
