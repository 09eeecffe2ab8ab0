from __future__ import annotations

import threading
import time

import pytest

from sandbox.background import Background


def test_settle_waits_for_work_that_work_submits() -> None:
    background = Background()
    done: list[str] = []

    def first() -> None:
        time.sleep(0.05)
        background.submit(done.append, "second")

    background.submit(first)
    background.settle()
    assert done == ["second"]


def test_work_alone_does_not_wait_for_the_pool() -> None:
    background, release = Background(threads=1), threading.Event()
    background.submit(release.wait, 10)
    background.submit_alone(release.set)
    background.submit_alone(fail)
    with pytest.raises(KeyError):
        background.settle()
    assert release.is_set()


def test_a_stop_waits_for_work_alone() -> None:
    background, done = Background(), threading.Event()

    def work() -> None:
        time.sleep(0.05)
        done.set()

    background.submit_alone(work)
    background.stop()
    assert done.is_set()


def fail() -> None:
    raise KeyError("missing")


def test_settle_raises_the_first_error_once() -> None:
    background = Background()
    background.submit(fail)
    with pytest.raises(KeyError, match="missing"):
        background.settle()
    background.settle()


def test_settle_says_what_it_waited_for_in_vain() -> None:
    background, release = Background(), threading.Event()
    background.submit(release.wait, 10)
    with pytest.raises(TimeoutError, match="1 pieces of work"):
        background.settle(timeout_seconds=0.05)
    release.set()
    background.stop()
