"""What the end-to-end tests share: a process has one sandbox at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from sandbox.account import Sandbox

LONGEST = ("deployment", "test_every_input", "test_deployer_policy", "test_upgrade")


class ByDeployment(LoadScopeScheduling):  # type: ignore[misc] # ships no types
    """Gives a process all tests of a file, and all that share the deployment."""

    def _split_scope(self, nodeid: str) -> str:
        return "deployment" if "/deployment/" in nodeid else str(nodeid.split("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByDeployment:
    """Share the work between processes, in the order of the tests and not by their number."""
    config.option.loadscopereorder = False
    return ByDeployment(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes the longest, so that no process is left with it at the end."""
    items.sort(key=lambda item: not any(f"/{name}" in item.nodeid for name in LONGEST))


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """An account for all tests of a file."""
    with Sandbox(directory=tmp_path_factory.mktemp("sandbox")) as empty:
        yield empty


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """An empty account."""
    with Sandbox(directory=tmp_path) as empty:
        yield empty
