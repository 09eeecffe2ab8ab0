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


def build(directory: Path) -> None:
    """Write the zip and its manifest into a directory, which is made if it doesn't exist.

    The manifest has the sha256 of the zip and of each member, whose content has LF line ends.
    """
    directory.mkdir(parents=True, exist_ok=True)
    packed, hashes = directory / f"{PACKAGE}.zip", {}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        sources = [path for kind in ("*.py", "*.json") for path in (SOURCES / PACKAGE).rglob(kind)]
        for name, path in sorted((each.relative_to(SOURCES).as_posix(), each) for each in sources):
            content = path.read_bytes().replace(b"\r\n", b"\n")
            hashes[name] = hashlib.sha256(content).hexdigest()
            member = zipfile.ZipInfo(name, EARLIEST_ZIP_DATE)
            member.create_system = UNIX
            member.external_attr = REGULAR_FILE_READABLE_BY_ALL << 16
            archive.writestr(member, content)
    of_zip = {"name": packed.name, "sha256": hashlib.sha256(packed.read_bytes()).hexdigest()}
    text = json.dumps({"zip": of_zip, "members": hashes}, indent=2, sort_keys=True) + "\n"
    (directory / "manifest.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCES / "dist")
