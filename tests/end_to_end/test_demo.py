"""The demo is the end-to-end test of the whole story: each of its claims is an assertion."""

from __future__ import annotations

from tools import generated


def test_every_claim_of_the_demo_holds_and_its_pictures_are_current() -> None:
    assert not generated.stale("pictures"), "run make pictures"
