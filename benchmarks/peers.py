"""Makes the peers' own virtual environment, build/peers, from peers.txt; anew when that file changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENTS = Path(__file__).with_name("peers.txt")
ENVIRONMENT = ROOT / "build" / "peers"
PYTHON = ENVIRONMENT / "bin" / "python"


def install() -> Path:
    """Make the environment unless it is there; returns its Python, of the same version as this one.

    Raises:
        subprocess.CalledProcessError: a package couldn't be installed; pip has printed why.
    """
    installed = ENVIRONMENT / "installed.txt"
    if not installed.exists() or installed.read_bytes() != REQUIREMENTS.read_bytes():
        print("Installing the peers into build/peers …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", str(REQUIREMENTS)], check=True)
        installed.write_bytes(REQUIREMENTS.read_bytes())
    return PYTHON
