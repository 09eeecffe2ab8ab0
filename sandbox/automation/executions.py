"""All executions, and which of them run: the others wait in a queue, whoever started them.

https://docs.aws.amazon.com/general/latest/gr/ssm.html, "Automation"
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable

from sandbox.automation.execution import Execution
from sandbox.background import Background
from sandbox.gateway import AwsError

MOST_RUNNING = 100
"""Executions that run at a time in an account's Region, those that others have started among them."""

MOST_QUEUED = 5000
"""Executions that wait for their turn in an account's Region; more are refused."""


class _Place:
    """The executions of one account's Region that have not ended, by id, the oldest first."""

    def __init__(self) -> None:
        self.running: dict[str, Execution] = {}
        self.queued: dict[str, Execution] = {}


class Executions:
    """Keeps executions; each that runs has a thread of its own, since it may wait for another one."""

    def __init__(self, background: Background, run: Callable[[Execution], None]) -> None:
        self._background = background
        self._run = run
        self._all: dict[str, Execution] = {}
        self._places: dict[tuple[str, str], _Place] = defaultdict(_Place)
        self._lock = threading.Lock()

    def all(self) -> list[Execution]:
        """The executions so far, the oldest first."""
        return list(self._all.values())

    def add(self, execution: Execution) -> None:
        """Run the execution when it is its turn.

        Raises:
            AwsError: too many wait already.
        """
        with self._lock:
            place = self._places[execution.account, execution.region]
            if len(place.running) >= MOST_RUNNING and len(place.queued) >= MOST_QUEUED:
                message = (
                    "The number of simultaneously running Automation executions exceeded the allowable limit."
                )
                raise AwsError("AutomationExecutionLimitExceededException", message)
            self._all[execution.id] = place.queued[execution.id] = execution
            self._start_next(place)

    def cancel(self, *executions: Execution) -> None:
        """Let them, and what they have started, end before their next step; at once if they are queued."""
        for execution in executions:
            execution.cancel()
        with self._lock:
            dropped = [
                place.queued.pop(queued.id)
                for place in self._places.values()
                for queued in list(place.queued.values())
                if queued.cancelled.is_set()
            ]
        for queued in dropped:
            self._run(queued)

    def wait_for_child(self, execution_id: str, parent: Execution, seconds: float) -> bool:
        """Whether what a step has started ends in time; if it doesn't, it is cancelled."""
        child = self._all[execution_id]
        child.parent_id = parent.id
        parent.children.append(child)
        if parent.cancelled.is_set():  # before it had this child
            self.cancel(child)
        in_time = child.finished.wait(seconds)
        if not in_time:
            self.cancel(child)
            child.finished.wait()
        return in_time

    def _start_next(self, place: _Place) -> None:
        while place.queued and len(place.running) < MOST_RUNNING:
            execution = place.queued.pop(next(iter(place.queued)))
            place.running[execution.id] = execution
            self._background.submit_alone(self._occupy, execution, place)

    def _occupy(self, execution: Execution, place: _Place) -> None:
        try:
            self._run(execution)
        finally:
            with self._lock:
                del place.running[execution.id]
                self._start_next(place)
