"""One clock for the whole process, which can be moved forward.

The package time-machine replaces what Python reads the time from, so moto's times move too.
It leaves `time.monotonic` alone, so waits, time-outs and other threads don't notice a move.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import time_machine


@dataclass(order=True)
class Timer:
    """An action that is due at a time."""

    at: datetime
    order: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Never run the action (it may already have run)."""
        self.cancelled = True


class Clock:
    """The process' time: it ticks as real time does, and `move` advances it.

    `settle` is called after each timer of a move, so that what a timer sets off in the
    background happens at its time, not after the move.
    """

    def __init__(self, settle: Callable[[], None] = lambda: None) -> None:
        self._settle = settle
        self._timers: list[Timer] = []
        self._order = itertools.count()
        self._heap_lock = threading.Lock()
        self._run_lock = threading.RLock()  # timers run one after another
        self._travel: time_machine.travel | None = None
        self._traveller: time_machine.Traveller | None = None

    def start(self) -> None:
        """Take over the process' time, which goes on unchanged."""
        self._travel = time_machine.travel(self.now(), tick=True)
        self._traveller = self._travel.start()

    def stop(self) -> None:
        """Give the real time back, and forget all timers."""
        with self._heap_lock:
            self._timers.clear()
        if self._travel:
            self._travel.stop()
            self._travel = self._traveller = None

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def schedule(self, at: datetime, action: Callable[[], None]) -> Timer:
        """Run the action when the clock reaches `at`, by itself or by a move."""
        timer = Timer(at, next(self._order), action)
        with self._heap_lock:
            heapq.heappush(self._timers, timer)
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

    def run_due(self) -> None:
        """Run the timers that the time has reached."""
        with self._run_lock:
            while timer := self._next_due(self.now()):
                timer.action()

    def is_due(self) -> bool:
        """Whether a timer waits that the time has reached."""
        with self._heap_lock:
            return any(timer.at <= self.now() and not timer.cancelled for timer in self._timers)

    def _next_due(self, until: datetime) -> Timer | None:
        with self._heap_lock:
            while self._timers and self._timers[0].at <= until:
                timer = heapq.heappop(self._timers)
                if not timer.cancelled:
                    return timer
        return None

    def _advance(self, to: datetime) -> None:
        if self._traveller is None:
            raise RuntimeError("the clock has not been started")
        if to > self.now():
            self._traveller.move_to(to)
