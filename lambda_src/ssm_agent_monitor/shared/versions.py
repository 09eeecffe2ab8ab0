"""Versions of SSM Agent."""

from __future__ import annotations

import re

Version = tuple[int, ...]

HOST_MANAGEMENT_SINCE: Version = (3, 2, 582, 0)
"""The oldest SSM Agent that Default Host Management Configuration works with (Systems Manager user guide)."""


def version_of(text: str | None) -> Version | None:
    """The four numbers of a version; None if the text holds no version."""
    is_version = re.fullmatch(r"\d{1,9}(\.\d{1,9}){3}", text or "")
    return tuple(int(number) for number in str(text).split(".")) if is_version else None


def written(version: Version) -> str:
    """`3.2.582.0`."""
    return ".".join(map(str, version))
