"""One clock for the whole process, which can be moved forward.

The package time-machine replaces what Python reads the time from, so moto's times move too.
It leaves `time.monotonic` alone, so waits, time-outs and other threads don't notice a move.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import time_machine


@dataclass(eq=False)
class Timer:
    """An action that is due at a time."""

    at: datetime
    action: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        """Never run the action (it may already have run)."""
        self.cancelled = True


class Clock:
    """The process' time from `start` to `stop`: it ticks as real time does, and `move` advances it.

    `settle` is called after each timer of a move, so that what a timer sets off in the
    background happens at its time, not after the move.
    """

    def __init__(self, settle: Callable[[], None] = lambda: None) -> None:
        self._settle = settle
        self._timers: list[Timer] = []
        self._list_lock = threading.Lock()
        self._run_lock = threading.RLock()  # timers run one after another
        self._travel = ExitStack()
        self._traveller: time_machine.Traveller

    def start(self) -> None:
        """Take over the process' time, which goes on unchanged."""
        self._traveller = self._travel.enter_context(time_machine.travel(self.now(), tick=True))

    def stop(self) -> None:
        """Give the real time back, and forget all timers."""
        with self._list_lock:
            self._timers.clear()
        self._travel.close()

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def schedule(self, at: datetime, action: Callable[[], None]) -> Timer:
        """Run the action when the clock reaches `at`, by itself or by a move."""
        timer = Timer(at, action)
        with self._list_lock:
            self._timers.append(timer)
        return timer

    def move(self, delta: timedelta) -> None:
        """Advance the clock; every timer on the way runs at its own time."""
        if delta < timedelta(0):
            raise ValueError(f"the clock cannot go back (by {-delta})")
        with self._run_lock:
            target = self.now() + delta
            while timer := self._next_due(target):
                self._advance(timer.at)
                timer.action()
                self._settle()
            self._advance(target)

    def run_due(self) -> bool:
        """Run the timers that the time has reached, and tell whether there were any."""
        ran = False
        with self._run_lock:
            while timer := self._next_due(self.now()):
                timer.action()
                ran = True
        return ran

    def _next_due(self, until: datetime) -> Timer | None:
        with self._list_lock:
            self._timers = [timer for timer in self._timers if not timer.cancelled]
            timer = min(self._timers, key=lambda timer: timer.at, default=None)
            if timer is None or timer.at > until:
                return None
            self._timers.remove(timer)
            return timer

    def _advance(self, to: datetime) -> None:
        if to > self.now():
            self._traveller.move_to(to)
