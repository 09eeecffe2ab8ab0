"""Texts that a step puts out."""

from __future__ import annotations

import re


def output_of(text: str) -> str:
    """One line that isn't empty, of at most 8,000 characters, without braces and control characters.

    Automation takes what stands in two braces for a variable, in an output too.
    """
    line = re.sub(r"[\s{}]+", " ", text[:20_000])
    return "".join(filter(str.isprintable, line))[:8000].strip() or "none"
