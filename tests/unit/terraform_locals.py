"""What a file that holds only `locals` makes of a variable, as `terraform console` says."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tools.terraform_setup import ROOT, prepare


def texts_of(folder: Path, file: str, name: str, **variables: str) -> list[str]:
    """A local of the file, a list of texts; its variables are texts. The folder is empty before."""
    shutil.copy(ROOT / file, folder)
    found: list[str] = value_of(folder, f"local.{name}", **variables)
    return found


def value_of(folder: Path, expression: str, **variables: str | None) -> Any:
    """An expression in a folder with files of Terraform, whose variables are texts or null."""
    declarations = (f'variable "{name}" {{ type = string }}\n' for name in variables)
    (folder / "variables.tf").write_text("".join(declarations))
    (folder / "values.auto.tfvars.json").write_text(json.dumps(variables))
    terraform = prepare()
    answer = subprocess.run(
        [terraform.executable, "console"],
        cwd=folder,
        env=terraform.environment,
        input=f"jsonencode(jsonencode({expression}))\n",
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(json.loads(json.loads(answer.stdout)))
