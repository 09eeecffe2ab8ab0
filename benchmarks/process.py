"""Runs a module in a process of its own, held to a share of one CPU, as Lambda does, or with all there is.

A share is a quota of CPU time in each short period: the process is stopped when its quota is used up and goes
on in the next period; time in which it waits costs nothing, unlike in plain duty cycling. This needs Linux
(the CPU clock of another process), no rights.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PERIOD = 0.02
TICK = 0.001
CPU_CLOCK_OF_PROCESS = 2
"""CPUCLOCK_SCHED: with the inverted process id above it, Linux takes it for a clock of that process."""

MB_OF_ONE_VCPU = 1769
"""Lambda gives one vCPU at this size and a proportional share below:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""


@dataclass(frozen=True)
class Run:
    """A process that has ended: seconds, MiB, and what it wrote to its output and to standard error."""

    exit_code: int
    wall: float
    cpu: float
    peak: float
    output: str
    errors: str


def share_of(memory_mb: int) -> float:
    """The share of one CPU that Lambda gives to a memory size."""
    return min(memory_mb / MB_OF_ONE_VCPU, 1)


def run(
    *arguments: str, environment: Mapping[str, str], python: str = sys.executable, share: float = 1
) -> Run:
    """Run `python -m` with these arguments.

    The time is that of the whole process, as Lambda bills a cold start.
    """
    if share < 1 and sys.platform != "linux":
        raise SystemExit("holding a process to a share of the CPU works on Linux only")
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begin = time.monotonic()
        process = subprocess.Popen(
            [python, "-m", *arguments], cwd=ROOT, env=environment, stdout=output, stderr=errors
        )
        # Not Popen.wait: only wait4 tells what this one process used. Linux counts the parent's peak memory
        # before exec too, so this process must stay smaller than those that it measures.
        status, usage = _wait(process.pid, share) if share < 1 else os.wait4(process.pid, 0)[1:]
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        peak = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
        cpu = usage.ru_utime + usage.ru_stime
        return Run(process.returncode, wall, cpu, peak, output.read(), errors.read())


def _wait(pid: int, share: float) -> tuple[int, resource.struct_rusage]:
    """Wait for a child that gets at most this share of one CPU; returns its status and usage, as os.wait4."""
    clock = ~pid << 3 | CPU_CLOCK_OF_PROCESS
    quota = share * PERIOD
    limit, period_end, is_stopped = quota, time.monotonic() + PERIOD, False
    while True:
        reaped, status, usage = os.wait4(pid, os.WNOHANG)
        if reaped:
            return status, usage
        used = time.clock_gettime(clock)
        while time.monotonic() >= period_end:
            limit = min(limit, used) + quota  # what is left lapses, what was overdrawn is paid back
            period_end += PERIOD
        if is_stopped != (used >= limit):
            is_stopped = not is_stopped
            os.kill(pid, signal.SIGSTOP if is_stopped else signal.SIGCONT)
        time.sleep(TICK)
