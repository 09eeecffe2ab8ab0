"""Ids of machines: `i-…` of EC2 instances, `mi-…` of hybrid nodes."""

from __future__ import annotations

import re


def is_hybrid_node(machine_id: str) -> bool:
    """Whether it is a node outside EC2, which Systems Manager alone knows."""
    return machine_id.startswith("mi-")


def is_machine_id(text: str) -> bool:
    """Whether a text has the form of an id."""
    return re.fullmatch(r"m?i-[0-9A-Za-z_]{1,64}", text) is not None
