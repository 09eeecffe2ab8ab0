"""Rules for the repository as a whole."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tools.terraform_setup import ROOT


def files(*patterns: str) -> list[Path]:
    """The files that are or would be in the repository, those without text left out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [
        ROOT / name for name in listed.stdout.split("\0") if name and not name.endswith((".zip", ".png"))
    ]
    return [path for path in paths if path.is_file()]


def lines_that_are_not_blank(paths: list[Path]) -> int:
    return sum(1 for path in paths for line in path.read_text().splitlines() if line.strip())


def mentions(pattern: str, paths: list[Path]) -> list[str]:
    expression = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if expression.search(line)
    ]


def test_the_sandbox_does_not_know_this_project() -> None:
    assert mentions(r"(?i)ssm[-_ ]?agent[-_ ]?monitor", files("sandbox")) == []


def test_the_sandbox_stays_smaller_than_twice_what_is_shipped() -> None:
    sandbox = [path for path in files("sandbox") if "tests" not in path.parts and path.name != "README.md"]
    shipped = files("lambda_src", "modules")
    shipped = [path for path in shipped if "dist" not in path.parts and path.name != "README.md"]
    assert lines_that_are_not_blank(sandbox) < 2 * lines_that_are_not_blank(shipped)


def test_no_file_names_a_path_of_one_machine() -> None:
    checksums = ROOT / "tools" / "go.sum"
    own_files = [path for path in files() if path != checksums]
    assert mentions(r"(?<![\w.])/(home|Users|root|work)/\w", own_files) == []


def test_no_file_names_the_host_of_a_package_registry() -> None:
    hosts = r"registry\.(terraform|opentofu|npmjs)\.|(pypi|pythonhosted)\.org|(proxy|sum)\.golang\."
    assert mentions(hosts, files()) == []


def test_terraform_code_assumes_no_partition() -> None:
    documentation = r"\s*(#|description|error_message)"
    assert mentions(rf"^(?!{documentation}).*arn:aws:", files("*.tf", "*.tftpl", "modules")) == []


def test_text_files_have_lf_line_ends() -> None:
    assert [path for path in files() if b"\r\n" in path.read_bytes()] == []


def test_every_python_package_is_pinned_by_hash() -> None:
    pinned = (ROOT / "requirements.txt").read_text().replace("\\\n", "").splitlines()
    pinned = [line for line in pinned if not line.startswith("#")]
    assert [line for line in pinned if not re.search(r"==.*--hash=sha256:[0-9a-f]{64}", line)] == []
    names = {re.split(r"[=\[]", line)[0] for line in pinned}
    wanted = (ROOT / "requirements.in").read_text().splitlines()
    wanted = [re.split(r"[=\[]", line)[0].lower() for line in wanted if line and not line.startswith("#")]
    assert set(wanted) <= names, "run make requirements"
