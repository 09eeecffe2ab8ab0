"""One run of the evaluator: the very zip that is shipped, unpacked as Lambda does. It notifies by digest."""

from __future__ import annotations

import hashlib
import importlib
import sys
import zipfile
from pathlib import Path

from benchmarks.invocation import from_command_line

ROOT = Path(__file__).parents[1]
ZIP = ROOT / "lambda_src" / "dist" / "ssm_agent_monitor.zip"


def unpacked() -> Path:
    """The folder that holds what is in the zip; made once for each zip."""
    folder = ROOT / "build" / "bench" / hashlib.sha256(ZIP.read_bytes()).hexdigest()
    if not folder.is_dir():
        with zipfile.ZipFile(ZIP) as archive:
            archive.extractall(folder)
    return folder


def main() -> None:
    """Run the function's handler once."""
    sys.path.insert(0, str(unpacked()))
    handler = importlib.import_module("ssm_agent_monitor.handler")
    handler.lambda_handler(*from_command_line(notificationMode="digest"))


if __name__ == "__main__":
    main()
