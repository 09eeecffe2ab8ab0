from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "lambda_src" / "dist"
ZIP = "ssm_agent_monitor.zip"


def test_a_rebuild_gives_the_committed_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "lambda_src" / "build.py", tmp_path], check=True)
    for name in (ZIP, "manifest.json"):
        assert (tmp_path / name).read_bytes() == (DIST / name).read_bytes(), (
            f"{name} is stale: run make package"
        )


def test_the_members_are_exactly_the_sources() -> None:
    sources = {
        path.relative_to(ROOT / "lambda_src").as_posix(): path.read_bytes()
        for path in (ROOT / "lambda_src" / "ssm_agent_monitor").rglob("*.*")
        if path.suffix in (".py", ".json")
    }
    with zipfile.ZipFile(DIST / ZIP) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == sources


def test_nothing_in_the_zip_depends_on_the_machine_that_packed_it() -> None:
    with zipfile.ZipFile(DIST / ZIP) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == sorted(info.filename for info in infos)
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.external_attr for info in infos} == {0o100644 << 16}
    assert {info.create_system for info in infos} == {3}
    assert {info.compress_type for info in infos} == {zipfile.ZIP_STORED}


def test_the_manifest_names_the_zip() -> None:
    manifest = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["zip"] == {"name": ZIP, "sha256": hashlib.sha256((DIST / ZIP).read_bytes()).hexdigest()}


def test_the_zip_needs_nothing_but_boto3() -> None:
    """The handler is imported from the zip itself, by an interpreter that sees no checkout."""
    code = "import ssm_agent_monitor.handler as h; print(h.__file__, callable(h.lambda_handler))"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd="/",
        env={"PYTHONPATH": str(DIST / ZIP)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [str(DIST / ZIP / "ssm_agent_monitor" / "handler.py"), "True"]
