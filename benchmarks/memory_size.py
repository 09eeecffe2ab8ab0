"""How long the evaluator takes, and what it costs, with the CPU that Lambda gives at several memory sizes.

    python -m benchmarks.memory_size [--fleet 10000] [--sizes 256 512 1024 1769]

Lambda gives one vCPU at 1,769 MB and a proportional share below:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
It prints a table and, for the default fleet and sizes, writes it into docs/performance.md. The processor of
this machine stands for Lambda's; there, a cold start may get more CPU than its share.
"""

from __future__ import annotations

import argparse
import platform
import sys
from contextlib import closing

from benchmarks import document, prices
from benchmarks.measure import OURS, Endpoint, Measurement, RunFailedError
from benchmarks.table import KINDS

FLEET = 10_000
SIZES_MB = [256, 512, 1024, 1769]
MB_OF_ONE_VCPU = 1769
LATENCY_MS = 50


def row(size_mb: int, first: Measurement, steady: Measurement) -> str:
    """One memory size as a row of the table."""
    dollars = prices.function(steady.wall, size_mb, prices.HOURS_A_MONTH)
    return (
        f"| {size_mb:,} | {min(size_mb / MB_OF_ONE_VCPU, 1):.0%} | {first.wall:.1f} | {steady.wall:.1f} "
        f"| {max(first.peak, steady.peak):.0f} | {steady.wall * size_mb / 1024:.1f} | {dollars:.3f} |"
    )


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory_size")
    parser.add_argument("--fleet", type=int, default=FLEET)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES_MB)
    options = parser.parse_args()
    if sys.platform != "linux":
        raise SystemExit("holding a process to a share of the CPU works on Linux only")
    lines = [
        f"{options.fleet:,} instances, Python {platform.python_version()}, {LATENCY_MS} ms a call.",
        "",
        "| memory MB | of a vCPU | first run s | steady hour s | peak MiB | GB-seconds an hour | $ a month |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    with closing(Endpoint(LATENCY_MS)) as endpoint:
        endpoint.fleet(options.fleet)
        endpoint.measure(OURS, options.fleet, KINDS[0])  # not counted, see bench.py
        for size_mb in options.sizes:
            share = size_mb / MB_OF_ONE_VCPU if size_mb < MB_OF_ONE_VCPU else None
            try:
                first, steady = (endpoint.measure(OURS, options.fleet, kind, share) for kind in KINDS)
            except RunFailedError as error:
                raise SystemExit(f"{size_mb} MB: {error}") from None
            lines.append(row(size_mb, first, steady))
            print(lines[-1], flush=True)
    text = "\n".join(lines)
    print(f"\n{text}")
    if options.fleet == FLEET and options.sizes == SIZES_MB:
        document.replace_section("memory size", text)


if __name__ == "__main__":
    main()
