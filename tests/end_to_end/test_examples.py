"""Every example can be planned as it is, by whatever Terraform and provider the environment names."""

from __future__ import annotations

import pytest

from sandbox.account import Sandbox
from tests.end_to_end.blocks import REGION, changes
from tools.terraform import Workspace
from tools.terraform_setup import BUILD, ROOT

REVIEWED_LINES = 1050
"""The most that a pull request shows of the smallest example (`python -m benchmarks.plan`)."""

EXAMPLES = sorted(file.parent.name for file in (ROOT / "examples").glob("*/main.tf"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_planned_as_it_is(account: Sandbox, example: str) -> None:
    workspace = Workspace.copy_of(
        f"examples/{example}", BUILD / "examples" / example, account.environment(REGION)
    )
    workspace.init()
    plan = workspace.plan()
    assert set(changes(plan.text).values()) - {"read during apply"} == {"created"}
    assert example != "minimal" or len(plan.text.splitlines()) <= REVIEWED_LINES
