"""One empty account for the tests of a file; a file that needs more overrides the fixture and fills it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.account import Sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as empty:
        yield empty
