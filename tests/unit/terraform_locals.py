"""What a file that holds only `locals` makes of its variables, for many cases in one plan."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from tools.terraform import Workspace
from tools.terraform_setup import ROOT


def texts_of(folder: Path, file: str, name: str, cases: Sequence[dict[str, str]]) -> list[list[str]]:
    """A local of the file, a list of texts, in each case: the values of the same variables, all texts."""
    module = folder / "case"
    module.mkdir()
    shutil.copy(ROOT / file, module)
    names = list(cases[0])
    variables = [f'variable "{each}" {{ type = string }}' for each in names]
    (module / "variables.tf").write_text(
        "\n".join([*variables, f'output "texts" {{ value = local.{name} }}'])
    )
    values = {each: f"${{var.cases[count.index].{each}}}" for each in names}
    configuration = {
        "variable": {"cases": {"type": "list(map(string))"}},
        "module": {"case": {"source": "./case", "count": "${length(var.cases)}", **values}},
        "output": {"texts": {"value": "${module.case[*].texts}"}},
    }
    (folder / "main.tf.json").write_text(json.dumps(configuration))
    workspace = Workspace(folder, {})
    workspace.set_variables({"cases": cases})
    workspace.init()
    planned = workspace.show(workspace.plan())["planned_values"]
    texts: list[list[str]] = planned["outputs"]["texts"]["value"]
    return texts
