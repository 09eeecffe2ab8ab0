"""What messages cost: the table in docs/costs.md, which `make costs` writes.

tests/end_to_end/test_mass_outage.py counts in the sandbox what an outage costs by digest, and a mass outage
in both modes; the other counts follow from the steps of the runbooks.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks import prices
from benchmarks.table import markdown

RESPONDER_MB = 512
RESPONDER_SECONDS = 5
"""An assumption: how long the function takes for one request. The sandbox's times say nothing about AWS."""


@dataclass(frozen=True)
class Counts:
    """What AWS charges for, once each."""

    evaluations: int
    events: int
    executions: int
    steps: int
    emails: int

    def dollars(self) -> float:
        """The price in us-east-1."""
        return (
            prices.evaluations(self.evaluations)
            + self.events * prices.CUSTOM_EVENT
            + prices.function(RESPONDER_SECONDS, RESPONDER_MB, self.executions)
            + self.steps * prices.AUTOMATION_STEP
            + self.emails * prices.EMAIL
        )


ONE_OUTAGE = "one machine is lost, and comes back"
MASS_OUTAGE = "2,000 machines are lost in one run"
QUIET_DAY = "a day on which nothing is open"

# A message is two steps, one of which asks the function, with or without a diagnosis.
COUNTS = {
    (ONE_OUTAGE, "digest"): Counts(evaluations=2, events=2, executions=2, steps=4, emails=2),
    (ONE_OUTAGE, "instance"): Counts(evaluations=2, events=0, executions=2, steps=4, emails=2),
    (MASS_OUTAGE, "digest"): Counts(evaluations=2000, events=1, executions=1, steps=2, emails=1),
    (MASS_OUTAGE, "instance"): Counts(evaluations=2000, events=0, executions=2000, steps=4000, emails=2000),
    (QUIET_DAY, "either, with the reminder"): Counts(0, 0, executions=1, steps=2, emails=0),
}


def table() -> str:
    """The counts and their prices as Markdown."""
    head = "| `notification.mode` | evaluations | custom events | executions | steps | e-mails"
    head += " | $ | of it, messages"
    rows = []
    for (what, mode), counts in COUNTS.items():
        messages = counts.dollars() - prices.evaluations(counts.evaluations)
        rows.append(
            f"{what} | {mode} | {counts.evaluations:,} | {counts.events:,} | {counts.executions:,} "
            f"| {counts.steps:,} | {counts.emails:,} | {counts.dollars():.4f} | {messages:.4f}"
        )
    return markdown(head, rows, words=(0, 1))
