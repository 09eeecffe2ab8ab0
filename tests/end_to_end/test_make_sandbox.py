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
    command = subprocess.check_output(
        ["make", "--no-print-directory", "-n", "sandbox", "ARGS=--port 0"], cwd=ROOT, text=True
    )
    process = subprocess.Popen(
        shlex.split(command.strip().splitlines()[-1]), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    lines = [process.stdout.readline()]
    while lines[-1] and "Ctrl-C" not in lines[-1]:
        lines.append(process.stdout.readline())
    yield lines
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0


def exported(lines: list[str]) -> dict[str, str]:
    """The variables that a shell has once the printed lines were pasted into it."""
    words = [shlex.split(line) for line in lines if line.strip().startswith("export ")]
    return dict(assignment.split("=", 1) for _, assignment in words)


def ask(endpoint: str, path: str, method: str = "GET") -> Any:
    request = urllib.request.Request(f"{endpoint}/sandbox/{path}", method=method)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read())


def test_terraform_in_another_folder_gets_to_the_email(printed: list[str], tmp_path: Path) -> None:
    variables = exported(printed)
    assert any("has no recorder" in line for line in printed)
    source = os.path.relpath(ROOT, tmp_path)
    (tmp_path / "main.tf").write_text(CONFIGURATION.replace("SOURCE", source))
    shell = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **variables}
    for arguments in (["init"], ["apply", "-auto-approve"]):
        subprocess.run(
            [prepare().executable, *arguments, "-input=false"], cwd=tmp_path, env=shell, check=True
        )
    endpoint = variables["AWS_ENDPOINT_URL"]
    ask(endpoint, "inbox?confirm=me@example.com", "POST")
    ask(endpoint, "clock?minutes=60", "POST")
    ask(endpoint, f"fleet?lose={ask(endpoint, 'fleet')['running'][0]}", "POST")
    ask(endpoint, "clock?minutes=60", "POST")
    emails = ask(endpoint, "inbox")["emails"]
    assert [email for email in emails if "SSM Agent lost" in email["subject"]]
    assert all(Path(email["path"]).is_file() for email in emails)
