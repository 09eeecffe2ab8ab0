"""Writes a generated section into a document, between its two markers."""

from __future__ import annotations

import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"


def replace_section(name: str, markdown: str, document: Path = DOCUMENT) -> None:
    """Put Markdown between `<!-- name: begin -->` and `<!-- name: end -->`.

    Raises:
        ValueError: the document has no such markers.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    section = re.compile(re.escape(begin) + ".*" + re.escape(end), re.DOTALL)
    text, count = section.subn(lambda _: f"{begin}\n{markdown.strip()}\n{end}", document.read_text())
    if count != 1:
        raise ValueError(f"{document.name} must hold the markers of the section {name!r} once")
    document.write_text(text)
