"""Answers of AWS, each of which may be missing, and the time that there is to read them.

What is not certain is raised: `UnsureError` and, where an answer of AWS is missing, `UnreadableError`. Only
the answers of calls side by side hold it as a value, since each of them may be missing by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Self, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

CALLS_AT_A_TIME = 200
"""More than the 170 checks of 10 machines: one that waits for a call that hangs keeps no other waiting."""

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")


class UnsureError(Exception):
    """Why something can't be said; the text says it in words that people read."""


class UnreadableError(UnsureError):
    """Why something could not be read."""


class OutOfTimeError(Exception):
    """The time for reading is over."""


HALF = 0.5
"""The share of the time for what others are read after: a call that hangs must not cost all of it."""

LATE = UnreadableError("no time was left")
"""What stands for an answer that did not come in time."""


def unless_late(what: str, answer: T | UnreadableError) -> T | UnreadableError:
    """An answer; if it did not come in time, an error that says of what."""
    return UnreadableError(f"{what} could not be read: {LATE}") if answer is LATE else answer


def sure(answer: T | UnreadableError) -> T:
    """An answer. Raises UnreadableError if it is missing."""
    if isinstance(answer, UnreadableError):
        raise answer
    return answer


def texts_of(answers: Iterable[object]) -> list[str]:
    """Why some of the answers are missing."""
    return [str(each) for each in answers if isinstance(each, UnreadableError)]


@dataclass(frozen=True, eq=False)
class Reader:
    """What one invocation reads with, as a context manager; nothing that it knows outlives the invocation.

    `client` gives the boto3 client of a service. `now` is the time of the invocation, in UTC. `time_left`
    tells the seconds in which reading must end. `sleep` waits for seconds.
    """

    client: Callable[[str], Any]
    now: datetime
    time_left: Callable[[], float]
    sleep: Callable[[float], None]
    _answers: dict[Hashable, Future[Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(CALLS_AT_A_TIME, "read"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Begin nothing more. A call that is in flight, late as it is, is left behind."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def is_late(self) -> bool:
        """Whether the time for reading is over."""
        return self.time_left() <= 0

    def read(self, what: str, call: Callable[[], T]) -> T:
        """The answer of a call. Raises UnreadableError, which says what and why; or OutOfTimeError."""
        if self.is_late():
            raise OutOfTimeError
        try:
            return call()
        except (OutOfTimeError, UnreadableError):
            raise
        except ClientError as error:  # its own text names roles and resources at length
            code = error.response.get("Error", {}).get("Code", "Unknown")
            raise UnreadableError(f"{what} could not be read: {code} ({error.operation_name})") from error
        except BotoCoreError as error:  # such as no connection
            raise UnreadableError(f"{what} could not be read: {error}") from error
        except Exception as error:  # of an answer of a shape that nobody has seen yet; its text may hold that
            why = f"its answer is not understood ({type(error).__name__})"
            raise UnreadableError(f"{what} could not be read: {why}") from error

    def all_pages(self, what: str, service: str, operation: str, key: str, **parameters: object) -> list[Any]:
        """The list `key` of all pages of an operation (botocore's name of it, such as `describe_subnets`).

        Every page is read: one may be empty and still be followed by another. Raises as `read` does.
        """

        def call() -> list[Any]:
            pages = self.client(service).get_paginator(operation).paginate(**parameters)
            return [each for page in pages for each in page[key]]

        return self.read(what, call)

    def once(self, key: Hashable, call: Callable[[], T]) -> T:
        """What the call gives or raises: made once, however many threads ask for the key."""
        with self._lock:
            is_first = key not in self._answers
            answer: Future[T] = self._answers.setdefault(key, Future())
        if is_first:
            try:
                answer.set_result(call())
            except BaseException as error:
                answer.set_exception(error)
        return answer.result()

    def read_once(self, what: str, call: Callable[[], T], key: Hashable = None) -> T:
        """As `read`, once for all that ask for the key; without one, for `what`."""
        return self.once(what if key is None else key, lambda: self.read(what, call))

    def side_by_side(
        self, calls: Mapping[Key, Callable[[], T]], share: float = 1
    ) -> dict[Key, T | UnreadableError]:
        """What the calls give or why it can't be read, `LATE` for each that didn't end in time.

        Not to be used within such a call. `share` is what they get of the time that is left: what is read
        afterwards needs some, too. What else a call raises is raised.
        """
        futures = {key: self._pool.submit(self._in_time, call) for key, call in calls.items()}
        wait(futures.values(), timeout=max(self.time_left() * share, 0))
        return {key: future.result() if future.done() else LATE for key, future in futures.items()}

    def read_all(
        self, calls: Mapping[str, Callable[[], T]], share: float = HALF
    ) -> dict[str, T | UnreadableError]:
        """As `side_by_side`, of calls that `read`, by the words of what they read."""
        reads = {what: partial(self.read, what, call) for what, call in calls.items()}
        answers = self.side_by_side(reads, share)
        return {what: unless_late(what, answer) for what, answer in answers.items()}

    def in_time(self, what: str, call: Callable[[], T], share: float = 1) -> T:
        """As `read`; raises UnreadableError too if the answer doesn't come in time, or in a share of it."""
        return sure(self.read_all({what: call}, share)[what])

    def _in_time(self, call: Callable[[], T]) -> T | UnreadableError:
        try:
            return LATE if self.is_late() else call()
        except OutOfTimeError:
            return LATE
        except UnreadableError as error:
            return error
