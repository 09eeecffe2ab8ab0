"""`make demo`: the main job from end to end, on real Terraform, in an embedded AWS account.

`--pictures FOLDER` also draws what it printed: demo.svg, and the first e-mail in email.svg (`make pictures`).

Exits with 0 if every claim held, with 1 if one didn't, with 2 if something is missing on this machine.
"""

from __future__ import annotations

import argparse
import io
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.terminal_theme import MONOKAI

from sandbox.account import Sandbox
from tests.end_to_end.narrator import Narrator
from tests.end_to_end.story import EXAMPLE, Story
from tools.terraform import TerraformError, Workspace
from tools.terraform_setup import BUILD, SetupError, prepare

DIRECTORY = BUILD / "demo"


def main() -> int:
    """Tell the story; nothing is left running, and nothing is written outside the build folder."""
    signal.signal(signal.SIGTERM, _interrupt)
    parser = argparse.ArgumentParser("python -m tests.end_to_end.demo")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER")
    pictures = parser.parse_args().pictures
    draws = pictures is not None
    console = Console(highlight=False, record=draws, width=100 if draws else None)
    narrator = Narrator(console)
    started = time.monotonic()
    try:
        terraform = prepare()
        narrator.say(f"Terraform {terraform.version}; the AWS provider comes {terraform.provider_origin}.")
        with Sandbox(directory=DIRECTORY / "sandbox") as sandbox:
            workspace = Workspace.copy_of(EXAMPLE, DIRECTORY / "module", sandbox.environment("eu-central-1"))
            if draws:
                console.export_text()  # forgets what was printed so far: it is about this machine
            Story(narrator, sandbox, workspace).tell()
    except (SetupError, TerraformError, OSError) as error:
        console.print(f"[bold red]The demo can't go on:[/bold red] {error}")
        return 2
    except KeyboardInterrupt:
        console.print("\nInterrupted: the sandbox is gone, and with it all that was deployed in it.")
        return 130
    if draws and not narrator.broken:
        draw(console, narrator, pictures)
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


def draw(console: Console, narrator: Narrator, folder: Path) -> None:
    """Write the two pictures; the e-mail without what SNS adds below it."""
    console.save_svg(str(folder / "demo.svg"), title="make demo", theme=MONOKAI)
    title, text = narrator.letters[0]
    letter = Console(file=io.StringIO(), record=True, width=128, highlight=False)
    Narrator(letter).letter(title, text.partition("\n--\n")[0].rstrip())
    letter.save_svg(str(folder / "email.svg"), title="the e-mail", theme=MONOKAI)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
