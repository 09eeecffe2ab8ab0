"""Packs the Lambda function: the same sources give the same bytes on every machine.

    python lambda_src/build.py            writes dist/ssm_agent_monitor.zip and dist/manifest.json
    python lambda_src/build.py DIRECTORY  writes them there instead

Members are sorted, stored without compression, and carry a fixed date, mode and system, since a file's
time, mode and the packer's zlib differ from machine to machine. The zip is committed: nothing is built
during plan or apply.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
PACKAGE = "ssm_agent_monitor"
EARLIEST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
REGULAR_FILE_READABLE_BY_ALL = 0o100644
UNIX = 3


def members() -> dict[str, bytes]:
    """The zip's members: path inside the zip, and content with LF line ends."""
    paths = sorted(path for kind in ("*.py", "*.json") for path in (SOURCES / PACKAGE).rglob(kind))
    return {path.relative_to(SOURCES).as_posix(): path.read_bytes().replace(b"\r\n", b"\n") for path in paths}


def pack(target: Path) -> None:
    """Write the zip."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(members().items()):
            info = zipfile.ZipInfo(name, EARLIEST_ZIP_DATE)
            info.create_system = UNIX
            info.external_attr = REGULAR_FILE_READABLE_BY_ALL << 16
            archive.writestr(info, content)


def manifest(packed: Path) -> str:
    """The sha256 of the zip and of each member, as JSON text."""
    content = {
        "zip": {"name": packed.name, "sha256": hashlib.sha256(packed.read_bytes()).hexdigest()},
        "members": {name: hashlib.sha256(content).hexdigest() for name, content in members().items()},
    }
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def build(directory: Path) -> None:
    """Write the zip and its manifest into a directory, which is made if it doesn't exist."""
    directory.mkdir(parents=True, exist_ok=True)
    packed = directory / f"{PACKAGE}.zip"
    pack(packed)
    (directory / "manifest.json").write_text(manifest(packed), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCES / "dist")
