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

from benchmarks import cpu_share, document, prices
from benchmarks.memory_size import MB_OF_ONE_VCPU, SIZES_MB

ROOT = Path(__file__).parents[1]
REGION = "eu-central-1"
PORT = 5077
KEYS = ("administrator", "secret")
FLEET: dict[str, Any] = {
    "roles": {"agents": {}, "reporting": {"managed_policies": []}},
    "networks": {"nat": {}, "private": {"way_out": "route-deleted"}},
    "machines": [
        {
            "name": "a",
            "count": 5,
            "ping": "ConnectionLost",
            "instance_profile": "agents",
            "network": "private",
        },
        {
            "name": "b",
            "count": 5,
            "ping": "ConnectionLost",
            "instance_profile": "reporting",
            "network": "nat",
        },
    ],
}


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.responder")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES_MB)
    options = parser.parse_args()
    lines = [
        "| memory MB | of a vCPU | machines | cold s | warm s | peak MiB | $ a message, warm |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    with _sandbox() as environment:
        session, url = boto3.Session(*KEYS, region_name=REGION), environment["AWS_ENDPOINT_URL"]
        session.client("sns", endpoint_url=url).create_topic(Name="bench")
        found = session.client("ec2", endpoint_url=url).describe_instances()["Reservations"]
        ids = [each["InstanceId"] for reservation in found for each in reservation["Instances"]]
        for size_mb in options.sizes:
            for mode, machines in (("instance", ids[:1]), ("digest", ids)):
                lines.append(_row(size_mb, mode, machines, environment))
                print(lines[-1], flush=True)
    text = "\n".join(lines)
    print(f"\n{text}")
    if options.sizes == SIZES_MB:
        document.replace_section("responder", text)


@contextmanager
def _sandbox() -> Iterator[dict[str, str]]:
    """The sandbox in a process of its own, and the environment of what calls it."""
    with tempfile.TemporaryDirectory() as folder:
        fleet = Path(folder, "fleet.yaml")
        fleet.write_text(yaml.safe_dump(FLEET))
        command = [sys.executable, "-m", "sandbox", "--port", str(PORT), "--fleet", str(fleet)]
        command += ["--region", REGION, "--directory", folder]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            process.stdout.readline()
            yield {
                "PATH": os.environ["PATH"],
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{PORT}",
                "AWS_ACCESS_KEY_ID": KEYS[0],
                "AWS_SECRET_ACCESS_KEY": KEYS[1],
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
            }
        finally:
            process.terminate()
            process.wait()


def _row(size_mb: int, mode: str, ids: list[str], environment: dict[str, str]) -> str:
    """One memory size and message as a row of the table."""
    command = [sys.executable, "-m", "benchmarks.run_responder", mode, *ids]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.DEVNULL
        )
        share = size_mb / MB_OF_ONE_VCPU
        status, usage = cpu_share.wait(process.pid, share) if share < 1 else os.wait4(process.pid, 0)[1:]
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise SystemExit(f"{size_mb} MB, {mode}: {said}")
    cold, warm = json.loads(said)
    dollars = prices.function(warm, size_mb, 1)
    return (
        f"| {size_mb:,} | {min(share, 1):.0%} | {len(ids)} | {cold:.1f} | {warm:.1f} "
        f"| {usage.ru_maxrss / 1024:.0f} | {dollars:.7f} |"
    )


if __name__ == "__main__":
    main()
