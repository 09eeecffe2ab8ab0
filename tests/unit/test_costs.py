"""What docs/costs.md says is what benchmarks/costs.py counts."""

from __future__ import annotations

from benchmarks import costs


def test_the_table_is_current() -> None:
    assert costs.table() in costs.DOCUMENT.read_text(encoding="utf-8")


def test_a_pair_of_messages_takes_at_most_six_steps_without_a_diagnosis() -> None:
    assert costs.COUNTS[costs.ONE_OUTAGE_UNDIAGNOSED, "either"].steps <= 6
