"""What only shows when Terraform fails or is interrupted; tests/end_to_end uses the rest."""

import os
from pathlib import Path

import pytest

from tools import terraform
from tools.terraform import TerraformError, Workspace

pytestmark = pytest.mark.terraform

SLOW_CONFIGURATION = """
resource "terraform_data" "slow" {
  provisioner "local-exec" { command = "echo $$ >pid; echo now waiting; exec sleep 300" }
}
"""


def test_an_error_names_the_command_and_says_what_terraform_said(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('output "word" { value = var.missing }')
    said = r"(?s)`terraform plan` ended with 1 in .*Reference to undeclared input variable"
    with pytest.raises(TerraformError, match=said):
        Workspace(tmp_path, {}).plan()


def test_a_copy_lies_in_the_build_folder_which_is_emptied(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not inside"):
        Workspace.copy_of(".", tmp_path)


def test_an_interrupt_leaves_nothing_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ctrl-C does it, while Terraform waits for a command that would take minutes."""
    (tmp_path / "main.tf").write_text(SLOW_CONFIGURATION)
    monkeypatch.setattr(terraform, "SECONDS_TO_STOP", 5)
    workspace = Workspace(tmp_path, {})
    workspace.init()

    def interrupt_once_it_waits(line: str) -> None:
        if "waiting" in line and (tmp_path / "pid").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workspace.apply(on_line=interrupt_once_it_waits)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
