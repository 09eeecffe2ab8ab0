"""Checks the Terraform code on a copy in the build folder.

python -m tools.check_terraform lint             terraform fmt, tflint, terraform validate
python -m tools.check_terraform test [OPTION …]  terraform test, with options such as -filter=FILE
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.terraform import TerraformError, Workspace
from tools.terraform_setup import BUILD, ROOT, SetupError, is_older, prepare


def lint() -> None:
    """Format, and then each module, example and test configuration, as many side by side as processors.

    Raises:
        TerraformError: the format or a configuration isn't right.
        subprocess.CalledProcessError: tflint found something, which it has printed.
    """
    root = Workspace.copy_of(".", BUILD / "lint")
    root.run("fmt", "-check", "-diff", "-recursive", "-no-color")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for folder in pool.map(lint_folder, sorted({file.parent for file in root.directory.rglob("*.tf")})):
            print(f"terraform fmt, tflint, terraform validate: {folder} is right", flush=True)


def lint_folder(folder: Path) -> Path:
    """Check one folder of the copy by tflint's rules, and that it is valid; return its name."""
    name = folder.relative_to(BUILD / "lint")
    command = [str(BUILD / "bin" / "tflint"), f"--config={ROOT / '.tflint.hcl'}", f"--chdir={folder}"]
    if name.parts[:1] == ("tests",):  # no module
        command.append("--disable-rule=terraform_standard_module_structure")
    subprocess.run(command, check=True)
    configuration = Workspace(folder, {}).locked()
    configuration.init("-backend=false")
    configuration.run("validate", "-no-color")
    return name


def test(options: list[str]) -> None:
    """Run `terraform test` and print what it prints.

    Raises:
        TerraformError: a test failed.
        SetupError: Terraform is too old for the tests.
    """
    if is_older(prepare().version, (1, 7)):
        raise SetupError("terraform test needs Terraform 1.7 or newer: the tests use mock_provider.")
    root = Workspace.copy_of(".", BUILD / "terraform-test")
    root.init("-backend=false")
    root.run("test", "-no-color", *options, on_line=lambda line: print(line, flush=True))


if __name__ == "__main__":
    try:
        match sys.argv[1:]:
            case ["lint"]:
                lint()
            case ["test", *options]:
                test(options)
            case _:
                sys.exit(__doc__)
    except (SetupError, TerraformError) as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
