import sys
from concurrent.futures import ThreadPoolExecutor

from ssm_agent_monitor.evaluator.workers import Workers


def test_progress_loses_no_count() -> None:
    workers = Workers(1, lambda: 300)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(40_000):
                pool.submit(workers.count, "agents", 1)
    finally:
        sys.setswitchinterval(before)
    assert "40000 agents" in workers.progress()
    assert "0 running instances" in workers.progress()
