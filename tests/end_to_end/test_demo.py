"""The demo is the end-to-end test of the whole story: each of its claims is an assertion."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tools.terraform_setup import ROOT


def test_every_claim_of_the_demo_holds() -> None:
    command = [sys.executable, "-m", "tests.end_to_end.demo"]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert re.search(r"All \d\d claims hold", answer.stdout)
