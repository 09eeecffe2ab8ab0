"""Running Terraform on a copy of the module."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tools import terraform
from tools.terraform import TerraformError, Workspace
from tools.terraform_setup import BUILD

pytestmark = pytest.mark.terraform

CONFIGURATION = """
variable "word" { default = "one" }
resource "terraform_data" "word" { input = var.word }
output "word" { value = terraform_data.word.output }
"""
SLOW_CONFIGURATION = """
resource "terraform_data" "slow" {
  provisioner "local-exec" { command = "echo $$ >pid; echo now waiting; exec sleep 300" }
}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A configuration that needs no provider but the one that Terraform has built in."""
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    workspace = Workspace(tmp_path, {})
    workspace.init()
    return workspace


def test_a_configuration_is_planned_applied_shown_and_destroyed(workspace: Workspace) -> None:
    plan = workspace.plan()
    assert plan.has_changes
    assert workspace.show(plan)["resource_changes"][0]["change"]["actions"] == ["create"]
    lines: list[str] = []
    workspace.apply(on_line=lines.append)
    assert any(line.startswith("terraform_data.word: Creation complete") for line in lines)
    assert workspace.outputs() == {"word": "one"}
    assert not workspace.plan().has_changes
    workspace.set_variables({"word": "two"})
    assert workspace.plan().has_changes
    workspace.destroy()
    assert json.loads(workspace.state_file.read_text())["resources"] == []


def test_an_error_names_the_command_and_says_what_terraform_said(workspace: Workspace) -> None:
    (workspace.directory / "main.tf").write_text('output "word" { value = var.missing }')
    with pytest.raises(TerraformError, match=r"`terraform plan` ended with 1 in .*") as error:
        workspace.plan()
    assert "Reference to undeclared input variable" in error.value.errors


def test_the_environment_is_passed_on(workspace: Workspace) -> None:
    Workspace(workspace.directory, {"TF_VAR_word": "three"}).apply()
    assert workspace.outputs() == {"word": "three"}


def test_a_copy_has_what_the_module_needs_and_lies_in_the_build_folder(tmp_path: Path) -> None:
    copy = Workspace.copy_of(".", BUILD / "unit" / "copy")
    assert (copy.directory / "lambda_src" / "dist" / "ssm_agent_monitor.zip").is_file()
    assert (copy.directory / ".terraform.lock.hcl").is_file()
    assert not (copy.directory / "sandbox").exists()
    with pytest.raises(ValueError, match="is not inside"):
        Workspace.copy_of(".", tmp_path)


def test_an_interrupt_leaves_nothing_running(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ctrl-C does it, while Terraform waits for a command that would take minutes."""
    (workspace.directory / "main.tf").write_text(SLOW_CONFIGURATION)
    monkeypatch.setattr(terraform, "SECONDS_TO_STOP", 5)
    pid_file = workspace.directory / "pid"

    def interrupt_once_it_waits(line: str) -> None:
        if "waiting" in line and pid_file.exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workspace.apply(on_line=interrupt_once_it_waits)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
