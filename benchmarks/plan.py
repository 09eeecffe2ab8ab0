"""What a first plan of examples/minimal shows and takes, beside one without notifications.

    python -m benchmarks.plan [--rounds 5]

It prints the lines of the plan, as a pull request shows them, and the CPU seconds of Terraform and the
provider: the median of several plans of both in turn.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
from pathlib import Path

from sandbox.account import Sandbox
from tools.terraform import Workspace
from tools.terraform_setup import BUILD

EXAMPLE = "examples/minimal"
REGION = "eu-central-1"


def workspace(sandbox: Sandbox, folder: str, *, notifies: bool) -> Workspace:
    """The example, or the same without notifications, ready to be planned."""
    made = Workspace.copy_of(EXAMPLE, BUILD / folder, sandbox.environment(REGION))
    if not notifies:
        configuration = made.directory / "main.tf"
        text = configuration.read_text()
        block = text[text.index("  notification = {") : text.rindex("}")]
        configuration.write_text(text.replace(block, "  notification = null\n"))
    made.init()
    return made


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plan")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as directory, Sandbox(Path(directory)) as sandbox:
        plans = {
            "with notifications": workspace(sandbox, "plan-with", notifies=True),
            "without": workspace(sandbox, "plan-without", notifies=False),
        }
        seconds: dict[str, list[float]] = {name: [] for name in plans}
        for _ in range(rounds):
            for name, each in plans.items():
                before = _cpu_seconds()
                lines = len(each.plan().text.splitlines())
                seconds[name].append(_cpu_seconds() - before)
                print(f"{name}: {lines} lines, {seconds[name][-1]:.1f} s of CPU", flush=True)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print(f"ratio of the medians: {medians['with notifications'] / medians['without']:.2f}")


def _cpu_seconds() -> float:
    """Of all processes that were started here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
