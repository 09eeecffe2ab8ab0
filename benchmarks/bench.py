"""The evaluator against its peers, in one run on one endpoint, side by side.

    python -m benchmarks.bench [--sizes N …] [--latency-ms 50] [--only ours rdklib custodian] [--rounds N]

For each size and round every tool makes its first run, then every tool its steady hour; of several rounds
the one with the median wall time counts. It prints what it measured; the whole set of tools and sizes also
goes into docs/performance.md. That a target is missed is no error: this measures.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing

from benchmarks import peers, table
from benchmarks.measure import KINDS, OURS, Endpoint, Measurement, RunFailedError, Tool

SIZES = [100, 1_000, 10_000, 50_000]
PEERS = (
    Tool("rdklib", "the plain rule on rdklib", "benchmarks.run_rdklib", peers.PYTHON, 10_000),
    Tool("custodian", "Cloud Custodian", "benchmarks.run_custodian", peers.PYTHON, 10_000),
)
TOOLS = (OURS, *PEERS)


def measure(
    endpoint: Endpoint, tools: Sequence[Tool], sizes: Sequence[int], rounds: int
) -> list[Measurement]:
    """Measure every tool at every size that it takes part in."""
    endpoint.fleet(min(sizes))
    for tool in tools:  # not counted: Python compiles what is new, the endpoint loads the APIs' models
        endpoint.measure(tool, min(sizes), "first run")
    measurements = []
    for size in sizes:
        endpoint.fleet(size)
        taking_part = [tool for tool in tools if size <= tool.largest_fleet]
        runs: dict[tuple[str, str], list[Measurement]] = {}
        for _ in range(rounds):
            for kind in KINDS:
                for tool in taking_part:
                    run = endpoint.measure(tool, size, kind)
                    runs.setdefault((kind, tool.name), []).append(run)
                    print(f"{size:,} instances, {kind}, {tool.title}: {run.wall:.2f} s", flush=True)
        measurements += [
            sorted(several, key=lambda run: run.wall)[len(several) // 2] for several in runs.values()
        ]
    return measurements


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--latency-ms", type=float, default=50)
    parser.add_argument("--only", nargs="+", choices=[tool.name for tool in TOOLS])
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    tools = [tool for tool in TOOLS if not options.only or tool.name in options.only]
    if tools != [OURS]:
        peers.install()
    try:
        with closing(Endpoint(options.latency_ms)) as endpoint:
            measurements = measure(endpoint, tools, sorted(options.sizes), options.rounds)
    except RunFailedError as error:
        raise SystemExit(str(error)) from None
    tables = [table.measurements_table(measurements, options.latency_ms), table.targets_table(measurements)]
    is_whole = len(tools) == len(TOOLS) and sorted(options.sizes) == SIZES
    table.show("measurements", "\n\n".join(tables), is_whole)


if __name__ == "__main__":
    main()
