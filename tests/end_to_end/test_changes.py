"""Changes around an applied block, as a platform engineer makes them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.account import Sandbox
from tests.end_to_end.conftest import REGION
from tests.end_to_end.deployer_policy import make_recorder
from tools.terraform import TerraformError, Workspace
from tools.terraform_setup import BUILD


def applied(sandbox: Sandbox, configuration: str, folder: str = "changes", **variables: Any) -> Workspace:
    workspace = Workspace.copy_of(configuration, BUILD / folder, sandbox.environment(REGION))
    workspace.set_variables(variables)
    workspace.init()
    workspace.apply()
    sandbox.settle()
    return workspace


def actions(workspace: Workspace) -> dict[str, list[str]]:
    """What a plan does with each resource that it doesn't leave as it is."""
    changes = workspace.show(workspace.plan())["resource_changes"]
    done = {change["address"]: change["change"]["actions"] for change in changes}
    return {address: each for address, each in done.items() if each not in (["no-op"], ["read"])}


def assert_nothing_to_do(workspace: Workspace) -> None:
    plan = workspace.plan()
    assert not plan.has_changes, plan.text


def test_what_a_block_waits_for_may_change(sandbox: Sandbox) -> None:
    """depends_on defers the block's data sources: neither names nor policies may be made of them."""
    workspace = applied(sandbox, "tests/end_to_end/waiting_block", content="one")
    workspace.set_variables({"content": "two"})
    assert actions(workspace) == {"terraform_data.other": ["update"]}
    workspace.apply()
    assert_nothing_to_do(workspace)


def test_a_block_with_a_recorder_can_be_renamed(sandbox: Sandbox) -> None:
    workspace = applied(sandbox, "examples/complete", emails=["on-call@example.com"], name="one")
    workspace.set_variables({"emails": ["on-call@example.com"], "name": "two"})
    workspace.apply()
    assert_nothing_to_do(workspace)


def test_a_second_block_with_the_same_name_touches_nothing_of_the_first(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    first = applied(sandbox, "examples/minimal", emails=["on-call@example.com"])
    with pytest.raises(TerraformError, match="EntityAlreadyExists"):
        applied(sandbox, "examples/minimal", "second-block", emails=["other@example.com"])
    second = Workspace(BUILD / "second-block" / "examples" / "minimal", first.environment)
    made = [each for each in second.run("state", "list").output.split() if ".data." not in each]
    assert made == []
    second.destroy()
    assert_nothing_to_do(first)
