from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from ssm_agent_monitor.evaluator.workers import Progress


def test_progress_loses_no_count() -> None:
    progress = Progress()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(40_000):
                pool.submit(progress.add, "agents", 1)
    finally:
        sys.setswitchinterval(before)
    assert "40000 agents" in str(progress)
    assert "0 running instances" in str(progress)
