"""The measurements as Markdown: the table, and whether the targets hold."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from benchmarks.measure import Kind, Measurement

COMPARED_SIZE = 10_000
LARGEST_SIZE = 50_000
KINDS: tuple[Kind, Kind] = ("first run", "steady hour")

EXPLANATIONS = {
    "custodian": """\
Cloud Custodian's wrong results are its own fault: its `ssm` filter (`c7n/resources/ec2.py`, `SsmStatus`)
asks for 50 instances in a call and reads one page, and a page of `DescribeInstanceInformation` holds 10
unless `MaxResults` says otherwise. The instances that aren't on it count as not online.
(On an endpoint that was changed to give 50 unasked, none was wrong.)""",
}


def measurements_table(measurements: Sequence[Measurement], latency_ms: float) -> str:
    """All runs, one a row."""
    lines = [
        f"Python {platform.python_version()}, {platform.machine()}, {latency_ms:g} ms a call.",
        "",
        "| instances | | | wall s | CPU s | peak MiB | calls | least | apart | evaluations | wrong | $ |",
        "| ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {run.size:,} | {run.kind} | {run.tool.title} | {run.wall:.2f} | {run.cpu:.2f} | {run.peak:.0f} "
        f"| {run.calls:,} | {run.least_calls:,} | {run.calls_apart:,} | {run.evaluations:,} "
        f"| {run.wrong_results:,} | {_dollars(run)} |"
        for run in measurements
    ]
    wrong = {run.tool.name for run in measurements if run.wrong_results}
    lines += [line for name in sorted(wrong & set(EXPLANATIONS)) for line in ("", EXPLANATIONS[name])]
    return "\n".join(lines)


def targets_table(measurements: Sequence[Measurement]) -> str:
    """The targets at 10,000 instances against rdklib, and of 50,000 alone; those that were measured."""
    runs = {(run.tool.name, run.size, run.kind): run for run in measurements}
    rows = []
    for kind in KINDS:
        ours, rdklib = (runs.get((name, COMPARED_SIZE, kind)) for name in ("ours", "rdklib"))
        if ours and rdklib:
            rows += _against_rdklib(ours, rdklib)
        largest = runs.get(("ours", LARGEST_SIZE, kind))
        if largest:
            rows.append(_row(largest, "peak memory MiB", largest.peak, 200))
        if largest and ours:
            growth = largest.wall / ours.wall
            rows.append(_row(largest, f"wall against {COMPARED_SIZE:,} instances", growth, 5))
    head = ["| | | measured | at most | |", "| --- | --- | ---: | ---: | --- |"]
    return "\n".join([*head, *rows]) if rows else ""


def _against_rdklib(ours: Measurement, rdklib: Measurement) -> list[str]:
    first = ours.kind == "first run"
    return [
        _row(ours, "wall against rdklib", ours.wall / rdklib.wall, 1 / 10 if first else 1 / 6),
        _row(ours, "CPU against rdklib", ours.cpu / rdklib.cpu, 1 / 6),
        _row(ours, "peak memory against rdklib", ours.peak / rdklib.peak, 0.6),
        _row(ours, "calls above the least", ours.calls - ours.least_calls, 3),
        _row(ours, "evaluations", ours.evaluations, ours.size if first else 0),
        _row(ours, "wrong results", ours.wrong_results, 0),
    ]


def _row(run: Measurement, what: str, measured: float, at_most: float) -> str:
    outcome = "holds" if measured <= at_most else "**missed**"
    return f"| {run.size:,}, {run.kind} | {what} | {_number(measured)} | {_number(at_most)} | {outcome} |"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def _dollars(run: Measurement) -> str:
    return f"{run.dollars:,.2f} {'once' if run.kind == 'first run' else 'a month'}"
