"""What the version of an agent tells."""

from __future__ import annotations

import re

HOST_SINCE = [3, 2, 582, 0]
"""The oldest agent that works without an instance profile, with Default Host Management Configuration
(Systems Manager user guide). For others AWS names no oldest version."""


def age_of(version: str) -> list[int] | None:
    """The numbers of a version, which may be unknown."""
    is_known = re.fullmatch(r"\d{1,9}(\.\d{1,9}){3}", version)
    return [*map(int, version.split("."))] if is_known else None
