"""Holds a process to a share of one CPU, as Lambda does: a quota of CPU time in each short period.

The process is stopped when its quota is used up and goes on in the next period; time in which it waits
costs nothing, unlike in plain duty cycling. This needs Linux (the CPU clock of another process), no rights.
"""

from __future__ import annotations

import os
import resource
import signal
import time

PERIOD = 0.02
TICK = 0.001
CPU_CLOCK_OF_PROCESS = 2
"""CPUCLOCK_SCHED: with the inverted process id above it, Linux takes it for a clock of that process."""


def wait(pid: int, share: float) -> tuple[int, resource.struct_rusage]:
    """Wait for a child that gets at most `share` of one CPU; returns its status and usage, as os.wait4."""
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
