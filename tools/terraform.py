"""Runs Terraform on a copy of the module in the build folder.

Terraform writes beside the configuration (`.terraform.lock.hcl`, the state), wherever `TF_DATA_DIR` points;
a copy keeps the repository as it is. Its files have new times, as in any other checkout.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tools.terraform_setup import BUILD, LOCK_FILE, ROOT, prepare

# What a configuration may refer to; all else (sandbox, docs, build, …) stays behind.
COPIED_FOLDERS = ("examples", "lambda_src", "modules", "tests")
NOT_COPIED = shutil.ignore_patterns(".terraform*", "*.tfstate*", "__pycache__", ".pytest_cache")
SECONDS_TO_STOP = 20
LINES_OF_ERROR = 40

OnLine = Callable[[str], None]


class TerraformError(Exception):
    """A command that failed, with the end of what it wrote to standard error (or else of its output)."""


@dataclass(frozen=True)
class Result:
    """A command's exit code and standard output."""

    exit_code: int
    output: str


@dataclass(frozen=True)
class Plan:
    """A plan: whether it changes anything (outputs count), its text, and its file for `Workspace.show`."""

    has_changes: bool
    text: str
    file: Path


@dataclass(frozen=True)
class Workspace:
    """A configuration in a copy of the module, and the variables that are added to the environment."""

    directory: Path
    environment: Mapping[str, str]

    @classmethod
    def copy_of(
        cls, configuration: str, into: Path, environment: Mapping[str, str] | None = None
    ) -> Workspace:
        """Copy the module to an emptied folder in the build folder.

        Args:
            configuration: the folder to work in, relative to the repository, such as `examples/complete`.
            into: the folder that is emptied and takes the copy.
            environment: variables for Terraform, such as the sandbox's endpoint and credentials.

        Raises:
            ValueError: `into` is not inside the build folder.
            SetupError: Terraform or the provider is missing.
        """
        if BUILD not in into.resolve().parents:
            raise ValueError(f"{into} is not inside {BUILD}")
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir(parents=True)
        for file in ROOT.glob("*.tf"):
            shutil.copyfile(file, into / file.name)
        for name in COPIED_FOLDERS:
            shutil.copytree(ROOT / name, into / name, ignore=NOT_COPIED, copy_function=shutil.copyfile)
        return cls(into / configuration, environment or {}).locked()

    def locked(self) -> Workspace:
        """Itself, with the lock file of the provider that was found."""
        shutil.copyfile(prepare().lock_file, self.directory / LOCK_FILE)
        return self

    @property
    def state_file(self) -> Path:
        """The state of a configuration without a backend."""
        return self.directory / "terraform.tfstate"

    def set_variables(self, values: Mapping[str, object]) -> None:
        """Set the configuration's input variables for all commands that follow."""
        (self.directory / "terraform.tfvars.json").write_text(json.dumps(values))

    def init(self, *options: str) -> None:
        """Install the provider and the modules."""
        self.run("init", "-input=false", "-no-color", *options)

    def apply(self, *options: str, on_line: OnLine | None = None) -> None:
        """Apply without asking; `on_line` gets each line of the output as it comes, to show progress."""
        self.run("apply", "-auto-approve", "-input=false", "-no-color", *options, on_line=on_line)

    def destroy(self, *options: str, on_line: OnLine | None = None) -> None:
        """Destroy without asking."""
        self.run("destroy", "-auto-approve", "-input=false", "-no-color", *options, on_line=on_line)

    def plan(self, *options: str) -> Plan:
        """Plan, and keep the plan in a file."""
        file = self.directory / "plan.bin"
        fixed = ("-detailed-exitcode", "-input=false", "-no-color", f"-out={file}")
        result = self.run("plan", *fixed, *options, succeeds_with=(0, 2))
        return Plan(has_changes=result.exit_code == 2, text=result.output, file=file)

    def outputs(self) -> dict[str, Any]:
        """The values of the outputs, by name."""
        described = json.loads(self.run("output", "-json", "-no-color").output)
        return {name: output["value"] for name, output in described.items()}

    def show(self, plan: Plan | None = None) -> dict[str, Any]:
        """The state, or a plan, in Terraform's JSON representation."""
        files = [str(plan.file)] if plan else []
        return cast("dict[str, Any]", json.loads(self.run("show", "-json", "-no-color", *files).output))

    def run(
        self, *arguments: str, on_line: OnLine | None = None, succeeds_with: tuple[int, ...] = (0,)
    ) -> Result:
        """Run a command of Terraform.

        Raises:
            TerraformError: it ended with another exit code than these.
        """
        terraform = prepare()
        with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [terraform.executable, *arguments],
                cwd=self.directory,
                env={**terraform.environment, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
                start_new_session=True,  # an interrupt reaches it once, from `_stop`
            )
            try:
                output = _read(process, on_line)
            except BaseException:
                _stop(process)
                raise
            errors.seek(0)
            last_lines = (errors.read() or output).strip().splitlines()[-LINES_OF_ERROR:]
        if process.returncode not in succeeds_with:
            what = f"`terraform {arguments[0]}` ended with {process.returncode} in {self.directory}"
            raise TerraformError("\n".join([f"{what}:", *last_lines]))
        return Result(process.returncode, output)


def _read(process: subprocess.Popen[str], on_line: OnLine | None) -> str:
    """Read a process's output to its end, and wait for the process."""
    lines = []
    for line in cast("Any", process.stdout):
        lines.append(line)
        if on_line:
            on_line(line.rstrip("\n"))
    process.wait()
    return "".join(lines)


def _stop(process: subprocess.Popen[str]) -> None:
    """Ask Terraform to stop as Ctrl-C does, and after a while kill it and its providers."""
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
