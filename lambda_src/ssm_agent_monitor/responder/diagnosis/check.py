"""A check: one object that knows its words, what it reads, what a reboot does to it, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.finding import Finding, not_looked_at
from ssm_agent_monitor.responder.machines.instance import Instance

Run = Callable[[Facts], list[Finding]]


class AfterReboot(Enum):
    """What a reboot does to what a check finds, and so what holds one back."""

    MAY_BE_MENDED = auto()
    """It holds no reboot back."""
    STAYS = auto()
    """What is broken holds a reboot back, and so does what could not be checked."""
    STAYS_ON_THE_MACHINE = auto()
    """What is broken holds a reboot back; that it could not be checked does not."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question about a machine.

    `title` is what is looked at, `cause` the words for it where it is broken, which fit after "with". `reads`
    are the IAM actions that it needs, `broken_when` and `cannot_see` sentences for docs/diagnosis.md. `run`
    is pure but for the facts that it asks for: it returns one finding or several (none: nothing to say), and
    raises UnsureError where it could not check.
    """

    id: str
    title: str
    cause: str
    broken_when: str
    run: Run
    reads: tuple[str, ...] = ()
    cannot_see: str = ""
    after_reboot: AfterReboot = AfterReboot.STAYS


def of_machines(look: Callable[[Facts, Instance | None], list[Finding]]) -> Run:
    """A check of machines that no service operates; for a hybrid node there is no instance."""

    def run(facts: Facts) -> list[Finding]:
        instance = facts.instance
        if instance and instance.operator:
            return [not_looked_at(f"{instance.operator} operates it, without Systems Manager")]
        return look(facts, instance)

    return run


def of_instances(
    look: Callable[[Facts, Instance], list[Finding]], of_nodes: str = "it has no meaning for a hybrid node"
) -> Run:
    """As `of_machines`, of EC2 instances alone. `of_nodes` says why it looks at no hybrid node."""
    return of_machines(
        lambda facts, instance: look(facts, instance) if instance else [not_looked_at(of_nodes)]
    )
