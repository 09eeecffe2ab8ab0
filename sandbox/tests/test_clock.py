"""The clock, and the work in the background that it waits for."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from sandbox.background import Background
from sandbox.clock import Clock

HOUR = timedelta(hours=1)


@pytest.fixture
def settled() -> list[datetime]:
    """When the clock has waited for what its timers set off."""
    return []


@pytest.fixture
def clock(settled: list[datetime]) -> Iterator[Clock]:
    clock = Clock(settle=lambda: settled.append(datetime.now(UTC)))
    clock.start()
    yield clock
    clock.stop()


def test_a_move_changes_the_time_of_the_whole_process_which_goes_on(clock: Clock) -> None:
    before = time.time()
    clock.move(HOUR)
    now = clock.now()
    assert time.time() - before == pytest.approx(3600, abs=5)
    assert now == pytest.approx(datetime.now(UTC), abs=timedelta(seconds=1))
    until = time.monotonic() + 10
    while clock.now() == now:
        assert time.monotonic() < until
    with pytest.raises(ValueError, match="cannot go back"):
        clock.move(-HOUR)


def test_waits_do_not_notice_a_move(clock: Clock) -> None:
    started = time.monotonic()
    waiter = threading.Thread(target=threading.Event().wait, args=[0.1])
    waiter.start()
    clock.move(HOUR)
    waiter.join()
    assert 0.1 <= time.monotonic() - started < 30


def test_timers_run_in_order_at_their_own_time(clock: Clock, settled: list[datetime]) -> None:
    start = clock.now()
    seen: list[float] = []
    for hours in (4, 2, 1):
        clock.schedule(start + hours * HOUR, lambda: seen.append(round((clock.now() - start) / HOUR, 2)))
    clock.schedule(start + HOUR, lambda: seen.append(-1)).cancel()
    clock.move(3 * HOUR)
    assert seen == [1, 2]
    assert [round((at - start) / HOUR, 2) for at in settled] == [1, 2]  # before the clock goes on


def test_real_time_reaches_timers_too(clock: Clock) -> None:
    seen: list[int] = []
    clock.schedule(clock.now(), partial(seen.append, 1))
    assert (clock.run_due(), seen, clock.run_due()) == (True, [1], False)


def fail() -> None:
    raise KeyError("missing")


def test_settle_waits_for_work_that_work_submits() -> None:
    background, release = Background(threads=1), threading.Event()
    done: list[str] = []

    def first() -> None:
        release.wait(10)
        background.submit(done.append, "second")

    background.submit(first)
    background.submit_alone(release.set)  # does not wait for the pool
    background.settle()
    assert done == ["second"]


@pytest.mark.parametrize("submit", [Background.submit, Background.submit_alone])
def test_settle_raises_the_first_error_once(submit: Callable[..., Any]) -> None:
    background = Background()
    submit(background, fail)
    with pytest.raises(KeyError, match="missing"):
        background.settle()
    background.settle()


def test_settle_says_what_it_waited_for_in_vain_and_a_stop_waits() -> None:
    background, release, done = Background(), threading.Event(), threading.Event()

    def work() -> None:
        release.wait(10)
        done.set()

    background.submit_alone(work)
    with pytest.raises(TimeoutError, match="1 pieces of work"):
        background.settle(timeout_seconds=0.05)
    release.set()
    background.stop()
    assert done.is_set()
