"""What a repair would do about the one machine of a message, and what holds it back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """The repair that follows the message: its `action` (empty: none), in words, and what holds it back."""

    action: str
    text: str
    held_back: tuple[str, ...] = ()
