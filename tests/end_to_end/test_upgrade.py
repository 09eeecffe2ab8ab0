"""From each release to this tree, on an applied block."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.account import Sandbox
from tests.end_to_end.blocks import REGION, assert_nothing_to_do, changes, sent_in
from tools.terraform import Workspace
from tools.terraform_setup import BUILD, ROOT

RELEASES = {
    "0.1.0": "49972bf3b1426bebec63b7cc48f22ebe0a0e34b9",
    "0.2.0": "2f3af885f3533f1afa12c846075bba9d7eb9adfd",
}
"""Their commits."""

HOUR = timedelta(hours=1)
MODULE_FILES = ("*.tf", "examples", "lambda_src", "modules")


def put_release(commit: str, directory: Path) -> None:
    """Replace the module's files by those of a commit; it needs a clone with its history."""
    archive = subprocess.check_output(["git", "archive", commit, *MODULE_FILES], cwd=ROOT)
    for file in directory.glob("*.tf"):
        file.unlink()
    shutil.rmtree(directory / "modules")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(directory, filter="data")


@pytest.mark.parametrize("release", RELEASES)
def test_an_upgrade_replaces_nothing_and_tells_nobody_twice(sandbox: Sandbox, release: str) -> None:
    environment = sandbox.environment(REGION)
    old = Workspace.copy_of("examples/complete", BUILD / "upgrade", environment)
    put_release(RELEASES[release], BUILD / "upgrade")
    old.init()
    old.apply()
    sandbox.settle()
    sandbox.inbox.confirm("on-call@example.com")
    lost = {"ping": "ConnectionLost", "last_ping_minutes_ago": 60}
    groups = [{"name": "web", "count": 2}, {"name": "db", "count": 2, **lost}]
    web, app, *told = sandbox.fleet.load(groups, sandbox.account, REGION)
    assert len(sent_in(sandbox, HOUR)) == len(told)
    state = old.state_file.read_bytes()

    new = Workspace.copy_of("examples/complete", BUILD / "upgrade", environment)
    new.state_file.write_bytes(state)
    new.init()
    plan = new.plan()
    gone = [address for address, how in changes(plan.text).items() if how in ("destroyed", "replaced")]
    assert all(address.endswith('["recovered"]') for address in gone)  # digest mode has one event rule
    new.apply(str(plan.file))
    assert_nothing_to_do(new)

    assert sent_in(sandbox, HOUR) == []
    sandbox.fleet.lose(web)
    sandbox.fleet.lose(app)
    [digest] = sent_in(sandbox, HOUR)
    assert digest.subject.startswith("SSM Agents lost: 2 machines")
    assert {machine for machine in (web, app, *told) if machine in digest.body} == {web, app}
