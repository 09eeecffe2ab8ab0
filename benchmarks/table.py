"""The measurements as Markdown: the table, and whether the targets hold."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence

from benchmarks.measure import KINDS, Measurement
from tools.generated import DOCS, section, write

COMPARED_SIZE = 10_000
LARGEST_SIZE = 50_000

CUSTODIAN_IS_WRONG = """\
Cloud Custodian's wrong results are its own fault: its `ssm` filter (`c7n/resources/ec2.py`, `SsmStatus`)
asks for 50 instances in a call and reads one page, and a page of `DescribeInstanceInformation` holds 10
unless `MaxResults` says otherwise. The instances that aren't on it count as not online.
(On an endpoint that was changed to give 50 unasked, none was wrong.)"""


def markdown(head: str, rows: Iterable[str], words: Sequence[int] = ()) -> str:
    """A table of lines whose cells are apart already; columns of `words` aren't numbers."""
    marks = ["---" if number in words else "---:" for number, _ in enumerate(head.split("|"))]
    return "\n".join(f"| {line} |" for line in (head, " | ".join(marks), *rows))


def show(name: str, text: str, is_whole: bool) -> None:
    """Print what was measured; the whole of it goes into docs/performance.md too."""
    print(f"\n{text}")
    if is_whole:
        write(section(DOCS / "performance.md", name, text))


def measurements_table(measurements: Sequence[Measurement], latency_ms: float) -> str:
    """All runs, one a row."""
    rows = [
        f"{run.size:,} | {run.kind} | {run.tool.title} | {run.wall:.2f} | {run.cpu:.2f} | {run.peak:.0f} "
        f"| {run.calls:,} | {run.least_calls:,} | {run.calls_apart:,} | {run.evaluations:,} "
        f"| {run.wrong_results:,} | {run.dollars:,.2f} {'once' if run.kind == 'first run' else 'a month'}"
        for run in measurements
    ]
    head = "instances | | | wall s | CPU s | peak MiB | calls | least | apart | evaluations | wrong | $"
    machine = f"Python {platform.python_version()}, {platform.machine()}, {latency_ms:g} ms a call."
    parts = [machine, markdown(head, rows, words=(1, 2))]
    if any(run.wrong_results for run in measurements if run.tool.name == "custodian"):
        parts.append(CUSTODIAN_IS_WRONG)
    return "\n\n".join(parts)


def targets_table(measurements: Sequence[Measurement]) -> str:
    """The targets at 10,000 instances against rdklib, and of 50,000 alone; those that were measured."""
    runs = {(run.tool.name, run.size, run.kind): run for run in measurements}
    rows = []
    for kind in KINDS:
        ours, rdklib = (runs.get((name, COMPARED_SIZE, kind)) for name in ("ours", "rdklib"))
        largest = runs.get(("ours", LARGEST_SIZE, kind))
        targets: list[tuple[int, str, float, float]] = []
        if ours and rdklib:
            first = kind == "first run"
            targets += [
                (ours.size, "wall against rdklib", ours.wall / rdklib.wall, 1 / 10 if first else 1 / 6),
                (ours.size, "CPU against rdklib", ours.cpu / rdklib.cpu, 1 / 6),
                (ours.size, "peak memory against rdklib", ours.peak / rdklib.peak, 0.6),
                (ours.size, "calls above the least", ours.calls - ours.least_calls, 3),
                (ours.size, "evaluations", ours.evaluations, ours.size if first else 0),
                (ours.size, "wrong results", ours.wrong_results, 0),
            ]
        if largest:
            targets.append((largest.size, "peak memory MiB", largest.peak, 200))
        if largest and ours:
            growth = largest.wall / ours.wall
            targets.append((largest.size, f"wall against {COMPARED_SIZE:,} instances", growth, 5))
        rows += [
            f"{size:,}, {kind} | {what} | {_number(measured)} | {_number(at_most)} "
            f"| {'holds' if measured <= at_most else '**missed**'}"
            for size, what, measured, at_most in targets
        ]
    return markdown("| | measured | at most |", rows, words=(0, 1, 4)) if rows else ""


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"
