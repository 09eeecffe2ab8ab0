"""How long a message of the responder takes, with the CPU that Lambda gives at several memory sizes.

    python -m benchmarks.responder [--sizes 256 512 1024 1769]

Each message has a diagnosis of as many machines as there is one for at most, in two networks and with two
roles. The sandbox answers, without a latency of its own. It prints a table and, for the default sizes, writes
it into docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import yaml

from benchmarks import prices, process, table
from benchmarks.memory_size import SIZES_MB

REGION = "eu-central-1"
PORT = 5077
KEYS = ("administrator", "secret")
LOST = {"count": 5, "ping": "ConnectionLost"}
FLEET: dict[str, Any] = {
    "roles": {"agents": {}, "reporting": {"managed_policies": []}},
    "networks": {"nat": {}, "private": {"way_out": "route-deleted"}},
    "machines": [
        {"name": "a", "instance_profile": "agents", "network": "private", **LOST},
        {"name": "b", "instance_profile": "reporting", "network": "nat", **LOST},
    ],
}
HEAD = "memory MB | of a vCPU | machines | cold s | warm s | peak MiB | $ a message, warm"


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.responder")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES_MB)
    options = parser.parse_args()
    rows = []
    with _sandbox() as environment:
        session, url = boto3.Session(*KEYS, region_name=REGION), environment["AWS_ENDPOINT_URL"]
        session.client("sns", endpoint_url=url).create_topic(Name="bench")
        found = session.client("ec2", endpoint_url=url).describe_instances()["Reservations"]
        ids = [each["InstanceId"] for reservation in found for each in reservation["Instances"]]
        for size_mb in options.sizes:
            for mode, machines in (("instance", ids[:1]), ("digest", ids)):
                rows.append(_row(size_mb, mode, machines, environment))
                print(rows[-1], flush=True)
    table.show("responder", table.markdown(HEAD, rows), options.sizes == SIZES_MB)


@contextmanager
def _sandbox() -> Iterator[dict[str, str]]:
    """The sandbox in a process of its own, and the environment of what calls it."""
    with tempfile.TemporaryDirectory() as folder:
        fleet = Path(folder, "fleet.yaml")
        fleet.write_text(yaml.safe_dump(FLEET))
        command = [sys.executable, "-m", "sandbox", f"--port={PORT}", f"--fleet={fleet}"]
        command += [f"--region={REGION}", f"--directory={folder}"]
        server = subprocess.Popen(command, cwd=process.ROOT, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        try:
            server.stdout.readline()
            yield {
                "PATH": os.environ["PATH"],
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{PORT}",
                "AWS_ACCESS_KEY_ID": KEYS[0],
                "AWS_SECRET_ACCESS_KEY": KEYS[1],
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
            }
        finally:
            server.terminate()
            server.wait()


def _row(size_mb: int, mode: str, ids: list[str], environment: dict[str, str]) -> str:
    """One memory size and message as a row of the table."""
    share = process.share_of(size_mb)
    run = process.run("benchmarks.run_responder", mode, *ids, environment=environment, share=share)
    if run.exit_code:
        raise SystemExit(f"{size_mb} MB, {mode}: {run.output}{run.errors[-2000:]}")
    cold, warm = json.loads(run.output)
    dollars = prices.function(warm, size_mb, 1)
    return (
        f"{size_mb:,} | {share:.0%} | {len(ids)} | {cold:.1f} | {warm:.1f} | {run.peak:.0f} | {dollars:.7f}"
    )


if __name__ == "__main__":
    main()
