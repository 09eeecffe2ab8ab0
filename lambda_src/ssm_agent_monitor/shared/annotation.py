"""The form of an annotation: words, and the cause's code in which it ends, the only part that decides.

It holds only what doesn't age, so that the same state always has the same text. When an instance recovers,
`last ping TIME` or `launch at TIME` is read from the annotation of the result that was replaced.
"""

from __future__ import annotations

import re
from datetime import datetime

from ssm_agent_monitor.shared import times
from ssm_agent_monitor.shared.causes import CAUSES, ONLINE

ANNOTATION_CHARACTERS = 256
"""The most that PutEvaluations takes (botocore's model of Config, `StringWithCharLimit256`)."""

UNSAFE = re.compile(r'["\\{}]')
"""EventBridge's input transformer puts an annotation into JSON without escaping it, and Automation takes
what stands in two braces for a variable."""

CODE = re.compile(r" ?\[([a-z-]+)\]\Z")
BEGINNING = re.compile(rf"\b(last ping|launch at) ({times.TIME})")
LIKELY_CAUSE = re.compile(r"(Likely cause: [^;]*)(?:; |$)")

REGISTERED = frozenset({ONLINE, *(cause.code for cause in CAUSES.values() if cause.is_registered)})
REGISTERED_WORDS = re.compile(r"\bPing status |\bNo longer registered ")
"""Words that say the same where the code names a likely cause."""


def plain(text: str) -> str:
    """The text on one line: quotes, backslashes, braces and what does not print become spaces.

    Line breaks, control characters and marks that change the direction of writing do not print.
    """
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return UNSAFE.sub(" ", text)


def annotation_of(words: str, code: str) -> str:
    """`words [code]` in at most 256 characters: the words are shortened visibly, the code never.

    What `plain` takes out becomes spaces.
    """
    words = plain(words)
    suffix = f" [{code}]"
    room = ANNOTATION_CHARACTERS - len(suffix)
    if len(words) > room:
        words = words[: room - 3] + "..."
    return words + suffix


def cause_of(annotation: str) -> str:
    """The code in which an annotation ends; empty if it has none."""
    found = CODE.search(annotation)
    return found[1] if found else ""


def words_of(annotation: str) -> str:
    """The annotation without its code."""
    return CODE.sub("", annotation)


def likely_cause_in(text: str) -> tuple[str, str]:
    """The sentence of the likely cause with which words begin (there may be none), and what follows it."""
    found = LIKELY_CAUSE.match(text)
    return (found[1], text[found.end() :]) if found else ("", text)


def was_registered(annotation: str) -> bool:
    """Whether a result says that Systems Manager knew the agent, or had known it."""
    return cause_of(annotation) in REGISTERED or REGISTERED_WORDS.search(annotation) is not None


def last_ping_of(annotation: str) -> datetime | None:
    """The time of the last ping that a result names."""
    beginning = beginning_of_outage(annotation)
    return times.parse(beginning[1]) if beginning and beginning[0] == "last ping" else None


def beginning_of_outage(annotation: str) -> tuple[str, str] | None:
    """`last ping`, or `launch at` of a machine that had never registered; and the time, as it is written."""
    found = BEGINNING.search(annotation)
    return (found[1], found[2]) if found and times.parse(found[2]) else None
