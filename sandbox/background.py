"""Work that goes on after a call has been answered: evaluations, deliveries, executions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class Background:
    """A small pool of threads that can be waited for."""

    def __init__(self, threads: int = 8) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sandbox")
        self._changed = threading.Condition()
        self._pending = 0
        self._errors: list[BaseException] = []

    def submit(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Run the function soon; an error that it raises is raised by the next `settle`."""
        with self._changed:
            self._pending += 1
        try:
            self._pool.submit(self._run, function, arguments)
        except RuntimeError:  # the pool has been stopped
            self._finish()
            raise

    def settle(self, timeout_seconds: float = 600) -> None:
        """Wait until nothing runs, and raise the first error that came up since the last time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._pending == 0, timeout_seconds):
                raise TimeoutError(f"{self._pending} pieces of work still run after {timeout_seconds} s")
            errors, self._errors = self._errors, []
        if errors:
            raise errors[0]

    def report(self, error: BaseException) -> None:
        """Let the next `settle` raise this error."""
        with self._changed:
            self._errors.append(error)

    def stop(self) -> None:
        """Start nothing more, and wait for what runs."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            function(*arguments)
        except BaseException as error:  # whatever it is: the caller has long gone on
            self.report(error)
        finally:
            self._finish()

    def _finish(self) -> None:
        with self._changed:
            self._pending -= 1
            self._changed.notify_all()
