from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import Clock

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    clock.start()
    yield clock
    clock.stop()


def test_a_move_changes_the_time_of_the_whole_process(clock: Clock) -> None:
    before = time.time()
    clock.move(HOUR)
    assert time.time() - before == pytest.approx(3600, abs=5)
    assert clock.now() == pytest.approx(datetime.now(UTC), abs=timedelta(seconds=1))


def test_the_clock_ticks_on_after_a_move(clock: Clock) -> None:
    clock.move(HOUR)
    before = clock.now()
    time.sleep(0.05)
    assert clock.now() > before


def test_waits_do_not_notice_a_move(clock: Clock) -> None:
    started = time.monotonic()
    mover = threading.Timer(0.05, clock.move, [HOUR])
    mover.start()
    threading.Event().wait(0.2)
    subprocess.run([sys.executable, "-c", "import time; time.sleep(0.1)"], check=True, timeout=30)
    assert 0.25 < time.monotonic() - started < 30


def test_timers_run_in_order_at_their_own_time(clock: Clock) -> None:
    start = clock.now()
    seen: list[float] = []
    for hours in (2, 1):
        clock.schedule(start + hours * HOUR, lambda: seen.append(round((clock.now() - start) / HOUR, 2)))
    clock.schedule(start + 4 * HOUR, lambda: seen.append(4))
    clock.move(3 * HOUR)
    assert seen == [1, 2]


def test_a_timer_may_schedule_the_next_one(clock: Clock) -> None:
    runs: list[datetime] = []

    def run() -> None:
        runs.append(clock.now())
        clock.schedule(runs[-1] + HOUR, run)

    clock.schedule(clock.now() + HOUR, run)
    clock.move(timedelta(hours=5, minutes=1))
    assert len(runs) == 5


def test_a_cancelled_timer_does_not_run(clock: Clock) -> None:
    seen: list[int] = []
    clock.schedule(clock.now() + HOUR, lambda: seen.append(1)).cancel()
    clock.move(2 * HOUR)
    assert seen == []


def test_what_a_timer_sets_off_happens_before_the_clock_goes_on() -> None:
    settled: list[datetime] = []
    own = Clock(settle=lambda: settled.append(datetime.now(UTC)))
    own.start()
    try:
        due = own.now() + HOUR
        own.schedule(due, lambda: None)
        own.move(3 * HOUR)
    finally:
        own.stop()
    assert settled[0] - due < timedelta(seconds=5)


def test_real_time_reaches_timers_too(clock: Clock) -> None:
    seen: list[int] = []
    clock.schedule(clock.now(), lambda: seen.append(1))
    assert clock.run_due()
    assert seen == [1]
    assert not clock.run_due()


def test_the_clock_cannot_go_back(clock: Clock) -> None:
    with pytest.raises(ValueError, match="cannot go back"):
        clock.move(-HOUR)
