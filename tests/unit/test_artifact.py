from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "lambda_src" / "dist"
ZIP = "ssm_agent_monitor.zip"


def test_a_rebuild_gives_the_committed_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "lambda_src" / "build.py", tmp_path], check=True)
    for name in (ZIP, "manifest.json"):
        assert (tmp_path / name).read_bytes() == (DIST / name).read_bytes(), (
            f"{name} is stale: run make package"
        )


def test_the_trimmed_models_agree_with_botocore_s(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "lambda_src" / "trim_apis.py", tmp_path], check=True)
    committed = ROOT / "lambda_src" / "ssm_agent_monitor"
    made = {file.relative_to(tmp_path): file.read_text() for file in tmp_path.rglob("*.json")}
    assert made == {file.relative_to(committed): file.read_text() for file in committed.rglob("*.json")}


@pytest.mark.parametrize("handler", ["handler", "responder/handler"])
def test_the_zip_needs_nothing_but_boto3(handler: str) -> None:
    """The handlers are imported from the zip itself, by an interpreter that sees no checkout."""
    module = f"ssm_agent_monitor.{handler.replace('/', '.')}"
    code = f"import {module} as h; print(h.__file__, callable(h.lambda_handler))"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd="/",
        env={"PYTHONPATH": str(DIST / ZIP)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [str(DIST / ZIP / "ssm_agent_monitor" / f"{handler}.py"), "True"]
