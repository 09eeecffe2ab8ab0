"""The usage examples in the READMEs of the module and of each submodule are valid as they stand there."""

import json
import re

import pytest

from tools.terraform import Workspace
from tools.terraform_setup import BUILD, ROOT

pytestmark = pytest.mark.terraform

FOLDERS = ["", *sorted(f"/modules/{file.parent.name}" for file in (ROOT / "modules").glob("*/main.tf"))]
RELEASE = r'"git::https://[^"]+\.git(?:/(/[a-z/-]+))?\?ref=v[0-9.]+"'


def usage(folder: str) -> str:
    """The one example that calls the folder's module, here two folders above instead of in a release."""
    by_hand = (ROOT / folder.lstrip("/") / "README.md").read_text().partition("<!-- BEGIN_TF_DOCS -->")[0]
    [example] = re.findall(r"^```hcl\n(module .*?)^```$", by_hand, re.MULTILINE | re.DOTALL)
    local: str = re.sub(RELEASE, lambda release: f'"../..{release[1] or ""}"', example)
    assert f'source = "../..{folder}"' in local
    return local


def test_the_usage_in_each_readme_is_valid() -> None:
    """Each is a module of one configuration, which takes one `terraform init`."""
    copy = Workspace.copy_of(".", BUILD / "unit" / "usage")
    workspace = Workspace(copy.directory / "readmes", copy.environment)
    names = [f"usage{folder.replace('/', '-')}" for folder in FOLDERS]
    for name, folder in zip(names, FOLDERS, strict=True):
        (workspace.directory / name).mkdir(parents=True)
        (workspace.directory / name / "main.tf").write_text(usage(folder))
    calls = {"module": {name: {"source": f"./{name}"} for name in names}}
    (workspace.directory / "main.tf.json").write_text(json.dumps(calls))
    workspace.locked().init()
    workspace.run("validate", "-no-color")
