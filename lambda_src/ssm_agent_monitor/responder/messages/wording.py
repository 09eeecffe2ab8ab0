"""Small pieces of text that many messages have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.machine import NONE, Machine
from ssm_agent_monitor.shared.causes import CAUSES

LINE_CHARACTERS = 1000


def clean(text: str) -> str:
    """One line, without control characters."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def section(title: str, lines: Iterable[str]) -> str:
    """Lines under a title, cleaned; nothing if there are none."""
    text = "".join(f"  {clean(line)[:LINE_CHARACTERS]}\n" for line in lines)
    return f"\n{title}\n{text}" if text else ""


def name_of(machine: Machine) -> str:
    """What people call it; empty if it has no name, or none that is known."""
    name = clean(machine.name)
    return "" if name in (NONE, UNKNOWN) else name


def title_of(machine: Machine, characters: int | None = None) -> str:
    """The machine as people call it, with its id; the name has at most so many characters."""
    kind, name = "hybrid node " if machine.is_node else "", name_of(machine)[:characters]
    return f"{kind}{name} ({machine.id})" if name else f"{kind or 'EC2 instance '}{machine.id}"


def tags_of(machine: Machine, keys: Iterable[str]) -> str:
    """Its tags with these keys, in one line."""
    return clean(", ".join(f"{key} = {value}" for key, value in machine.tags(keys).items()))


def duration(elapsed: timedelta) -> str:
    """A time in its two largest units."""
    minutes = max(int(elapsed.total_seconds()) // 60, 0)
    counts = {"day": minutes // 1440, "hour": minutes // 60 % 24, "minute": minutes % 60}
    return " ".join([in_words(count, unit) for unit, count in counts.items() if count][:2]) or "a minute"


def in_words(count: int, noun: str = "machine") -> str:
    """`1 machine`, `2,000 machines`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def count_in_words(count: int, cause: str) -> str:
    """`9 without an instance profile`; a code without words is an unknown cause, a likely one is in words."""
    if cause in CAUSES:
        return f"{count:,} {CAUSES[cause].after_a_number}"
    return f"{count:,} of unknown cause" if cause == UNKNOWN else f"{count:,} with {cause}"


def causes_in_words(counts: Mapping[str, int]) -> str:
    """`9 without an instance profile, 3 lost connection`."""
    return ", ".join(count_in_words(count, cause) for cause, count in counts.items())
