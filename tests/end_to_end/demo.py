"""`make demo`: the main job from end to end, on real Terraform, in an embedded AWS account.

Exits with 0 if every claim held, with 1 if one didn't, with 2 if something is missing on this machine.
"""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType

from rich.console import Console

from sandbox.account import Sandbox
from tests.end_to_end.narrator import Narrator
from tests.end_to_end.story import EXAMPLE, Story
from tools.terraform import TerraformError, Workspace
from tools.terraform_setup import BUILD, SetupError, prepare

DIRECTORY = BUILD / "demo"


def main() -> int:
    """Tell the story; nothing is left running, and nothing is written outside the build folder."""
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console(highlight=False)
    narrator = Narrator(console)
    started = time.monotonic()
    try:
        terraform = prepare()
        narrator.say(f"Terraform {terraform.version}; the AWS provider comes {terraform.provider_origin}.")
        with Sandbox(directory=DIRECTORY / "sandbox") as sandbox:
            workspace = Workspace.copy_of(EXAMPLE, DIRECTORY / "module", sandbox.environment("eu-central-1"))
            Story(narrator, sandbox, workspace).tell()
    except (SetupError, TerraformError, OSError) as error:
        console.print(f"[bold red]The demo can't go on:[/bold red] {error}")
        return 2
    except KeyboardInterrupt:
        console.print("\nInterrupted: the sandbox is gone, and with it all that was deployed in it.")
        return 130
    console.print()
    seconds = time.monotonic() - started
    if narrator.broken:
        console.print(
            f"[bold red]{len(narrator.broken)} of {narrator.held + len(narrator.broken)} claims don't hold."
        )
        return 1
    console.print(
        f"[bold green]All {narrator.held} claims hold[/bold green] ({seconds:.0f} s). E-mails: {DIRECTORY}"
    )
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
