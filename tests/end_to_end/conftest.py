"""What the end-to-end tests share: a process has one sandbox at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.account import Sandbox

REGION = "eu-central-1"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """An empty account."""
    with Sandbox(directory=tmp_path) as empty:
        yield empty
