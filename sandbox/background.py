"""Work that goes on after a call has been answered: evaluations, deliveries, executions."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Thread
from typing import Any


def in_thread(function: Callable[..., Any], *arguments: Any) -> Future[Any]:
    """Run the function in a thread of its own."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(function(*arguments))
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, daemon=True, name="sandbox-alone").start()
    return future


class Background:
    """A small pool of threads that can be waited for."""

    def __init__(self, threads: int = 8) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sandbox")
        self._pending: set[Future[Any]] = set()
        self._errors: list[BaseException] = []

    def submit(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Run the function soon; an error that it raises is raised by the next `settle`."""
        self._keep(self._pool.submit(function, *arguments))

    def submit_alone(self, function: Callable[..., Any], *arguments: Any) -> None:
        """The same in a thread of its own, not of the pool: for work that may wait for other work."""
        self._keep(in_thread(function, *arguments))

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
        wait(list(self._pending))

    def _keep(self, future: Future[Any]) -> None:
        self._pending.add(future)
        future.add_done_callback(self._finish)

    def _finish(self, future: Future[Any]) -> None:
        if not future.cancelled() and (error := future.exception()):
            self.report(error)
        self._pending.discard(future)
