"""How long the evaluator takes, and what it costs, with the CPU that Lambda gives at several memory sizes.

    python -m benchmarks.memory_size [--fleet 10000] [--sizes 256 512 1024 1769]

It prints a table and, for the default fleet and sizes, writes it into docs/performance.md. The processor of
this machine stands for Lambda's; there, a cold start may get more CPU than its share.
"""

from __future__ import annotations

import argparse
import platform
from contextlib import closing

from benchmarks import prices, table
from benchmarks.measure import KINDS, OURS, Endpoint, RunFailedError
from benchmarks.process import share_of

FLEET = 10_000
SIZES_MB = [256, 512, 1024, 1769]
LATENCY_MS = 50
HEAD = "memory MB | of a vCPU | first run s | steady hour s | peak MiB | GB-seconds an hour | $ a month"


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory_size")
    parser.add_argument("--fleet", type=int, default=FLEET)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES_MB)
    options = parser.parse_args()
    rows = []
    with closing(Endpoint(LATENCY_MS)) as endpoint:
        endpoint.fleet(options.fleet)
        endpoint.measure(OURS, options.fleet, KINDS[0])  # not counted, see bench.py
        for size_mb in options.sizes:
            share = share_of(size_mb)
            try:
                first, steady = (endpoint.measure(OURS, options.fleet, kind, share) for kind in KINDS)
            except RunFailedError as error:
                raise SystemExit(f"{size_mb} MB: {error}") from None
            dollars = prices.function(steady.wall, size_mb, prices.HOURS_A_MONTH)
            seconds = f"{first.wall:.1f} | {steady.wall:.1f} | {max(first.peak, steady.peak):.0f}"
            gigabytes = steady.wall * size_mb / 1024
            rows.append(f"{size_mb:,} | {share:.0%} | {seconds} | {gigabytes:.1f} | {dollars:.3f}")
            print(rows[-1], flush=True)
    title = f"{options.fleet:,} instances, Python {platform.python_version()}, {LATENCY_MS} ms a call."
    is_whole = options.fleet == FLEET and options.sizes == SIZES_MB
    table.show("memory size", f"{title}\n\n{table.markdown(HEAD, rows)}", is_whole)


if __name__ == "__main__":
    main()
