"""The zip that is shipped runs by itself; test_generated.py sees that it is made of these sources."""

import subprocess
import sys

import pytest

from tools.terraform_setup import ROOT

ZIP = ROOT / "lambda_src" / "dist" / "ssm_agent_monitor.zip"


@pytest.mark.parametrize("handler", ["handler", "responder/handler"])
def test_the_zip_needs_nothing_but_boto3(handler: str) -> None:
    """The handlers are imported from the zip itself, by an interpreter that sees no checkout."""
    module = f"ssm_agent_monitor.{handler.replace('/', '.')}"
    code = f"import {module} as h; print(h.__file__, callable(h.lambda_handler))"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd="/",
        env={"PYTHONPATH": str(ZIP)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [str(ZIP / "ssm_agent_monitor" / f"{handler}.py"), "True"]
