"""What a file that holds only `locals` makes of a variable, as `terraform console` says."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tools.terraform_setup import ROOT, prepare


def texts_of(folder: Path, file: str, name: str, **variable: str) -> list[str]:
    """A local of the file, a list of texts; its one variable is a text. The folder is empty before."""
    shutil.copy(ROOT / file, folder)
    [variable_name] = variable
    (folder / "variables.tf").write_text(f'variable "{variable_name}" {{ type = string }}\n')
    (folder / "values.auto.tfvars.json").write_text(json.dumps(variable))
    terraform = prepare()
    answer = subprocess.run(
        [terraform.executable, "console"],
        cwd=folder,
        env=terraform.environment,
        input=f"jsonencode(jsonencode(local.{name}))\n",
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(json.loads(json.loads(answer.stdout)))
    return found
