"""What a check may know of one machine. What it needs besides is read by the other files of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.reading import Reader, sure


@dataclass(frozen=True, slots=True)
class Facts:
    """A machine, all that are diagnosed with it in their order, where they are, and what reads the rest.

    What is read is read when a check first asks for it, once an invocation (`reader.once`), however many ask.
    """

    machine: Machine
    machines: tuple[Machine, ...]
    place: Place
    reader: Reader

    @property
    def now(self) -> datetime:
        """The time of the invocation."""
        return self.reader.now

    @property
    def instance(self) -> Instance | None:
        """What EC2 says of it; None for a hybrid node. Raises UnreadableError."""
        return sure(self.machine.instance)
