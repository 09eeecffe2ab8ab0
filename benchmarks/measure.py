"""Measures runs: each in a process of its own, against one endpoint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Literal

from benchmarks import prices, process

Kind = Literal["first run", "steady hour"]
KINDS: tuple[Kind, Kind] = ("first run", "steady hour")
TRIGGERED: dict[Kind, str] = {
    "first run": "2026-03-01T10:00:00.000Z",
    "steady hour": "2026-03-01T11:00:00.000Z",
}

MEMORY_MB = 512
"""The function's size, for its price."""

COMPARED = ("list", "agents", "results", "put")
"""The calls that any evaluation needs; other ones count apart (see endpoint/record.py)."""


class RunFailedError(Exception):
    """A run ended with an error, or the endpoint had to answer one."""


@dataclass(frozen=True)
class Tool:
    """What is measured: `title` for people, `module` with a main function, `python` that has its packages."""

    name: str
    title: str
    module: str
    python: Path
    largest_fleet: int


OURS = Tool("ours", "this evaluator", "benchmarks.run_ours", Path(sys.executable), 10**6)


@dataclass(frozen=True)
class Measurement:
    """One run. Seconds, MiB; `kinds` are the calls by what they are for."""

    tool: Tool
    size: int
    kind: Kind
    wall: float
    cpu: float
    peak: float
    kinds: Mapping[str, int]
    evaluations: int
    wrong_results: int

    @property
    def calls(self) -> int:
        """Those that are compared with the least."""
        return sum(self.kinds.get(kind, 0) for kind in COMPARED)

    @property
    def calls_apart(self) -> int:
        """Second looks, details of single instances, and those that are as many for any fleet."""
        return sum(self.kinds.values()) - self.calls

    @property
    def least_calls(self) -> int:
        """What the APIs' page sizes leave no way around: instances, agents, last results, evaluations."""
        results, evaluations = (0, self.size) if self.kind == "first run" else (self.size, 0)
        items_and_pages = ((self.size, 1000), (self.size, 50), (results, 100), (evaluations, 100))
        return sum(max(1, ceil(items / page)) for items, page in items_and_pages)

    @property
    def dollars(self) -> float:
        """A first run costs once; a steady hour comes 730 times a month."""
        runs = 1 if self.kind == "first run" else prices.HOURS_A_MONTH
        return prices.evaluations(self.evaluations * runs) + prices.function(self.wall, MEMORY_MB, runs)


class Endpoint:
    """The endpoint's process, until it is closed."""

    def __init__(self, latency_ms: float) -> None:
        command = [sys.executable, "-m", "benchmarks.endpoint", "--latency-ms", str(latency_ms)]
        self._process = subprocess.Popen(command, cwd=process.ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{self._process.stdout.readline().strip()}"

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()

    def fleet(self, size: int) -> None:
        """Make a new account with so many running instances."""
        self._control("fleet", size=size)

    def measure(self, tool: Tool, size: int, kind: Kind, share: float = 1) -> Measurement:
        """Run a tool once on the fleet that was made last, with a share of one CPU.

        Raises:
            RunFailedError: with what the run or the endpoint said.
        """
        self._control("start", tool=tool.name, keep_results=kind == "steady hour")
        arguments = (tool.module, TRIGGERED[kind])
        run = process.run(*arguments, environment=self._environment(), python=str(tool.python), share=share)
        record = self._control("record")
        if failure := record.pop("errors")[:3] or run.exit_code:
            raise RunFailedError(f"{tool.title}, {size:,} instances, {kind}: {failure}\n{run.errors[-2000:]}")
        return Measurement(tool, size, kind, run.wall, run.cpu, run.peak, **record)

    def _environment(self) -> dict[str, str]:
        """A function's environment: nothing of the caller's own AWS settings."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPYCACHEPREFIX": str(process.ROOT / "build" / "cache" / "python"),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _control(self, name: str, **arguments: Any) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url}/{name}", json.dumps(arguments).encode())
        with urllib.request.urlopen(request) as answer:
            return json.load(answer) or {}
