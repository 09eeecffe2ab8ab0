"""`make sandbox` as sandbox/README.md describes it: Terraform in a folder of one's own, to the e-mail."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.terraform_setup import ROOT, prepare

pytestmark = pytest.mark.terraform

CONFIGURATION = """
module "ssm_agent_monitor" {
  source       = "SOURCE"
  recorder     = {}
  notification = { emails = ["me@example.com"] }
}
"""


@pytest.fixture
def printed() -> Iterator[list[str]]:
    """What the command of `make sandbox` prints; `make -n` so that nothing of build/ is made anew."""
    command = ["make", "--no-print-directory", "-n", "sandbox", "ARGS=--port 0"]
    line = subprocess.check_output(command, cwd=ROOT, text=True).strip().splitlines()[-1]
    with subprocess.Popen(shlex.split(line), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline()]
        while lines[-1] and "Ctrl-C" not in lines[-1]:
            lines.append(process.stdout.readline())
        yield lines
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_terraform_in_another_folder_gets_to_the_email(printed: list[str], tmp_path: Path) -> None:
    assert any("has no recorder" in line for line in printed)
    exported = [shlex.split(line)[1] for line in printed if line.strip().startswith("export ")]
    variables = dict(assignment.split("=", 1) for assignment in exported)
    source = os.path.relpath(ROOT, tmp_path)
    (tmp_path / "main.tf").write_text(CONFIGURATION.replace("SOURCE", source))
    shell = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **variables}
    for arguments in (["init"], ["apply", "-auto-approve"]):
        command = [prepare().executable, *arguments, "-input=false"]
        subprocess.run(command, cwd=tmp_path, env=shell, check=True)

    def ask(path: str, post: bytes | None = None) -> Any:
        url = f"{variables['AWS_ENDPOINT_URL']}/sandbox/{path}"
        with urllib.request.urlopen(url, post, timeout=120) as answer:
            return json.loads(answer.read())

    ask("inbox?confirm=me@example.com", b"")
    ask("clock?minutes=60", b"")
    ask(f"fleet?lose={ask('fleet')['running'][0]}", b"")
    ask("clock?minutes=60", b"")
    emails = ask("inbox")["emails"]
    assert [email for email in emails if "SSM Agent lost" in email["subject"]]
    assert all(Path(email["path"]).is_file() for email in emails)
