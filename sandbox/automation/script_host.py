"""Runs the handler of one `aws:executeScript` step, in a process of its own.

It is started as a script, in a folder that holds the step's `script.py` and `request.json`
(`handler`, `events` and `now`, the sandbox's time in seconds), and leaves `result.json` there: `payload`, or
`failure` in the form in which Automation reports a script's error. It imports nothing of this package.
"""

from __future__ import annotations

import json
import runpy
import traceback
from pathlib import Path
from typing import Any

import time_machine

MAXIMUM_BYTES = 100_000  # "Up to 100KB is returned"
SCRIPT = "customer_script.py"


def run() -> dict[str, Any]:
    """The result of the request in the working directory."""
    request = json.loads(Path("request.json").read_text(encoding="utf-8"))
    try:
        with time_machine.travel(request["now"], tick=True):
            payload = runpy.run_path(SCRIPT)[request["handler"]](request["events"], {})
        result = {"payload": payload}
        size = len(json.dumps(payload).encode())
        return (
            result if size <= MAXIMUM_BYTES else {"failure": f"The output has {size} bytes, more than 100 KB"}
        )
    except BaseException as error:  # a script may even call sys.exit
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if SCRIPT in frame.filename]
        lines = "".join(traceback.format_list(frames))
        return {"failure": f"Traceback (most recent call last):\n{lines}\n{type(error).__name__} - {error}"}


if __name__ == "__main__":
    Path("result.json").write_text(json.dumps(run()), encoding="utf-8")
