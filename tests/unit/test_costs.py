"""What docs/costs.md says is what benchmarks/costs.py counts."""

from __future__ import annotations

from benchmarks import costs


def test_the_table_is_current() -> None:
    assert costs.table() in costs.DOCUMENT.read_text(encoding="utf-8")


def test_a_pair_of_messages_takes_at_most_four_steps_in_two_executions() -> None:
    """tests/end_to_end/test_mass_outage.py counts the same."""
    pair = costs.COUNTS[costs.ONE_OUTAGE, "digest"]
    assert (pair.executions, pair.steps) == (2, 4)
