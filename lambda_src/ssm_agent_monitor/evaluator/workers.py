"""Calls side by side: so many at a time, and only as long as the Lambda function has time."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

T = TypeVar("T")

MARGIN_SECONDS = 10.0
"""What is kept to say how far the run came, before Lambda kills it; a tenth of the time if that is less."""

OPTIONAL_SECONDS = 10.0
"""How long a run waits for what it can do without."""

WAITS_SECONDS = (0.5, 2.0)
"""How long to wait before something is put again that an API named as failed."""

logger = logging.getLogger(__name__)


class OutOfTimeError(TimeoutError):
    """The function's time is nearly over; the text says how far the run came."""


class Workers:
    """A pool of threads for calls to AWS, as a context manager.

    `limit` bounds the calls in flight. `time_left` tells the seconds until Lambda kills the function.
    """

    def __init__(self, limit: int, time_left: Callable[[], float]) -> None:
        self._pool = ThreadPoolExecutor(limit, thread_name_prefix="call")
        self._time_left = time_left
        self._margin = min(MARGIN_SECONDS, time_left() / 10)
        self._futures: list[Future[Any]] = []
        self._over = False
        self._progress: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __enter__(self) -> Workers:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Start nothing more, and wait for what is in flight, so that no call reaches into the next run.

        Only a call that outlasts the margin is left behind: Lambda freezes it.
        """
        self._over = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        in_flight = [future for future in self._futures if not future.cancelled()]
        wait(in_flight, timeout=max(self._seconds(), 0))

    def submit(self, function: Callable[..., T], *arguments: object) -> Future[T]:
        """Run the function in a thread as soon as one is free."""
        future = self._pool.submit(self._run, function, *arguments)
        self._futures.append(future)
        return future

    def count(self, what: str, number: int) -> None:
        """Say that the run has come so many `instances`, `agents`, `results` or `evaluations` further."""
        with self._lock:
            self._progress[what] += number

    def progress(self) -> str:
        """How far the run has come, in words."""
        return (
            "reading {instances} running instances, {agents} agents and {results} last results, and "
            "putting {evaluations} evaluations"
        ).format_map(self._progress)

    def check(self) -> None:
        """Between two calls: raise OutOfTimeError near the end of time, CancelledError after the run."""
        if self._over:
            raise CancelledError
        if self._seconds() <= 0:
            raise OutOfTimeError(
                f"stopped {self._margin:g} s before Lambda's time-out, after {self.progress()}; what was put "
                "stays, and the next run goes on (function.timeout_seconds gives more time)"
            )

    def results(self, futures: Iterable[Future[T]]) -> list[T]:
        """Wait for all of them, and return what they returned.

        Raises:
            OutOfTimeError: the time is nearly over.
            Exception: the first that one of them raised; nothing that hasn't begun is begun then.
        """
        ordered = list(futures)
        waiting = set(ordered)
        while waiting:
            done, waiting = wait(waiting, timeout=max(self._seconds(), 0), return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
            if waiting:
                self.check()
        return [future.result() for future in ordered]

    def optional(self, future: Future[T]) -> T | None:
        """What an optional read returned; None and a warning if it raised or takes too long."""
        try:
            return future.result(timeout=max(min(OPTIONAL_SECONDS, self._seconds()), 0))
        except Exception as error:  # whatever it is, it must cost no result
            logger.warning(
                "An optional read failed; the run goes on without it: %r",
                error,
                extra={"code": "optional-read-failed"},
            )
            return None

    def _run(self, function: Callable[..., T], *arguments: object) -> T:
        self.check()
        return function(*arguments)

    def _seconds(self) -> float:
        return self._time_left() - self._margin


def blocks(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """What one call each takes."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def merged(parts: Iterable[dict[str, T]]) -> dict[str, T]:
    """What several pages or calls gave; of an id that comes twice, the later."""
    together: dict[str, T] = {}
    for part in parts:
        together.update(part)
    return together
