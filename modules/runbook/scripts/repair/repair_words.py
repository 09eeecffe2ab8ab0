"""A repair in words."""

from __future__ import annotations

from typing import Any


def repair_in_words(action: str, settings: dict[str, Any]) -> str:
    """`attach the instance profile NAME`, or `reboot the machine`."""
    return (
        f"attach the instance profile {settings['InstanceProfile']}"
        if action == "attach"
        else "reboot the machine"
    )
