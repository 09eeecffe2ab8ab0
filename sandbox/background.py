"""Work that goes on after a call has been answered: evaluations, deliveries, executions."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any


class Background:
    """A small pool of threads that can be waited for."""

    def __init__(self, threads: int = 8) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sandbox")
        self._pending: set[Future[Any]] = set()
        self._errors: list[BaseException] = []

    def submit(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Run the function soon; an error that it raises is raised by the next `settle`."""
        future = self._pool.submit(function, *arguments)
        self._pending.add(future)
        future.add_done_callback(self._finish)

    def settle(self, timeout_seconds: float = 600) -> None:
        """Wait until nothing runs, and raise the first error that came up since the last time."""
        while pending := list(self._pending):
            running = wait(pending, timeout_seconds).not_done
            if running:
                raise TimeoutError(f"{len(running)} pieces of work still run after {timeout_seconds} s")
        errors, self._errors = self._errors, []
        if errors:
            raise errors[0]

    def report(self, error: BaseException) -> None:
        """Let the next `settle` raise this error."""
        self._errors.append(error)

    def stop(self) -> None:
        """Start nothing more, and wait for what runs."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _finish(self, future: Future[Any]) -> None:
        if not future.cancelled() and (error := future.exception()):
            self.report(error)
        self._pending.discard(future)
