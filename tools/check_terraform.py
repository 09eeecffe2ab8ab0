"""Checks the Terraform code on a copy in the build folder.

python -m tools.check_terraform lint             terraform fmt, tflint, terraform validate
python -m tools.check_terraform test [OPTION …]  terraform test, with options such as -filter=FILE
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tools.terraform import TerraformError, Workspace
from tools.terraform_setup import BUILD, LOCK_FILE, ROOT, SetupError, is_older, prepare


def lint() -> None:
    """Format, tflint's rules, and validity of the root, each submodule, example and test configuration.

    The folders are checked side by side, one a processor.

    Raises:
        TerraformError: the format or a configuration isn't right.
        subprocess.CalledProcessError: tflint found something, which it has printed.
    """
    root = Workspace.copy_of(".", BUILD / "lint")
    folders = sorted({file.parent for file in root.directory.rglob("*.tf")})
    root.run("fmt", "-check", "-diff", "-recursive", "-no-color")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(partial(lint_folder, root), folders):
            pass


def lint_folder(root: Workspace, folder: Path) -> None:
    """Check one folder of a copy of the module by tflint and `terraform validate`."""
    name = folder.relative_to(root.directory)
    tflint(folder, is_module=name.parts[:1] != ("tests",))
    (folder / LOCK_FILE).write_bytes(prepare().lock_file.read_bytes())
    configuration = Workspace(folder, root.environment)
    configuration.init("-backend=false")
    configuration.run("validate", "-no-color")
    print(f"terraform fmt, tflint, terraform validate: {name} is right", flush=True)


def tflint(folder: Path, is_module: bool) -> None:
    """Check a folder by tflint's rules; what isn't a module needs no standard structure."""
    command = [str(BUILD / "bin" / "tflint"), f"--config={ROOT / '.tflint.hcl'}", f"--chdir={folder}"]
    if not is_module:
        command.append("--disable-rule=terraform_standard_module_structure")
    subprocess.run(command, check=True)


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


def main(arguments: list[str]) -> None:
    """Do what the command line says; exit with the reason if it fails."""
    try:
        match arguments:
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


if __name__ == "__main__":
    main(sys.argv[1:])
