"""The usage examples in the READMEs of the module and of each submodule are valid as they stand there."""

from __future__ import annotations

import re
import shutil

import pytest

from tools.terraform import Workspace
from tools.terraform_setup import BUILD, LOCK_FILE, ROOT

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


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_usage_in_a_readme_is_valid(folder: str) -> None:
    example = usage(folder)
    copy = Workspace.copy_of(".", BUILD / "unit" / f"usage{folder.replace('/', '-')}")
    workspace = Workspace(copy.directory / "readme" / "usage", copy.environment)
    workspace.directory.mkdir(parents=True)
    shutil.copyfile(copy.directory / LOCK_FILE, workspace.directory / LOCK_FILE)
    (workspace.directory / "main.tf").write_text(example)
    workspace.init()
    workspace.run("validate", "-no-color")
