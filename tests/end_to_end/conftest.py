"""What the end-to-end tests share: a process has one sandbox at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.account import Sandbox

REGION = "eu-central-1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares a sandbox or a folder of build/, when several processes share the work."""
    for item in items:
        folder = item.path.parent
        group = folder.name if folder.name == "deployment" else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """An empty account."""
    with Sandbox(directory=tmp_path) as empty:
        yield empty
