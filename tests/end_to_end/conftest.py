"""What the end-to-end tests share: a process has one sandbox at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from sandbox.account import Sandbox


class ByDeployment(LoadScopeScheduling):  # type: ignore[misc] # ships no types
    """Gives a process all tests of a file, and all that share the deployment."""

    def _split_scope(self, nodeid: str) -> str:
        return "deployment" if "/deployment/" in nodeid else str(nodeid.split("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByDeployment:
    """Share the work between processes."""
    return ByDeployment(config, log)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """An empty account."""
    with Sandbox(directory=tmp_path) as empty:
        yield empty
