"""What the runbooks ask for: each step's payload, parsed once into a frozen record.

What can't be used of a malformed payload is left out, and `problems` names it, so that people are told as
much as is certain.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

ACTIONS = ("attach", "reboot")
TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z"


class InvalidRequestError(ValueError):
    """A payload of which nothing can be used; the text names what is wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """What EC2 and Systems Manager say now, and the likely causes, for the user's steps.

    `machines` are lines of an event: change, id, type and time of the old result, annotation.
    """

    machines: tuple[str, ...] = ()
    account_id: str = ""
    region: str = ""
    detected_at: str = ""
    execution_id: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notify:
    """One message about those machines of which it is still true.

    `totals` are lines of an event: change, cause and number. `user_steps` are the names of the user's steps.
    """

    machines: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    account_id: str = ""
    region: str = ""
    rule_name: str = ""
    detected_at: str = ""
    execution_id: str = ""
    user_steps: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def may_lack_machines(self) -> bool:
        """Whether machines were lost on the way here: then it is not certain that nobody is to be told."""
        return any(problem.startswith("Machines ") for problem in self.problems)


@dataclass(frozen=True, slots=True)
class DecideRepair:
    """Whether a machine may be repaired now. `action` is what was planned, and approved."""

    instance_id: str = ""
    action: str = ""
    execution_id: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportRepair:
    """One message about what became of a repair."""

    instance_id: str = ""
    action: str = ""
    account_id: str = ""
    region: str = ""
    rule_name: str = ""
    detected_at: str = ""
    execution_id: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remind:
    """One message about what is still open, and about the monitor. `detected_at` is when it was due."""

    rule_name: str = ""
    queue_url: str = ""
    interval_seconds: str = ""
    detected_at: str = ""
    execution_id: str = ""
    problems: tuple[str, ...] = ()


Request = LookUp | Notify | DecideRepair | ReportRepair | Remind
KINDS: dict[str, type[Request]] = {
    kind.__name__: kind for kind in (LookUp, Notify, DecideRepair, ReportRepair, Remind)
}

# By field: the most texts of a list that count. An event names at most 50 machines.
LISTS = {"machines": 50, "totals": 50, "user_steps": 1000}
OPTIONAL = ("user_steps",)
"""There may be none."""
LINE_CHARACTERS = 512
"""The most that Automation takes in one string of a list."""

# By field: what a text must look like, and that in words.
FORMS = {
    "account_id": (r"[0-9]{12}", "12 digits"),
    "region": (r"[a-z0-9-]{1,30}", "the name of a Region"),
    "rule_name": (r".{1,128}", "a text of one line, of at most 128 characters"),
    "instance_id": (r"i-[0-9a-z_]{8,17}", "the id of an EC2 instance"),
    "action": ("|".join(ACTIONS), f"one of {', '.join(ACTIONS)}"),
    "execution_id": (r"[0-9a-f-]{36}", "the id of an execution"),
    "interval_seconds": (r"[1-9][0-9]{0,9}", "a number of seconds"),
    "queue_url": (r"https?://[!-~]{1,1000}", "the URL of a queue"),
}
SHOWN_KEYS = 5
"""The most unknown keys that are named."""


def parse(payload: Any) -> Request:
    """The request of a payload.

    Raises:
        InvalidRequestError: it is no map, or asks for something else.
    """
    if not isinstance(payload, dict):
        raise InvalidRequestError(f"the payload must be a map, not {_kind_of(payload)}")
    name = payload.get("Request")
    if not isinstance(name, str) or name not in KINDS:
        raise InvalidRequestError(f"Request must be one of {', '.join(KINDS)}, not {_shown(name)}")
    kind = KINDS[name]
    keys = {_key_of(each.name): each.name for each in fields(kind) if each.name != "problems"}
    problems = _unknown(name, [key for key in payload if key not in (*keys, "Request")], list(keys))
    values: dict[str, Any] = {}
    for key, field_name in sorted(keys.items()):
        if key not in payload:
            problems += [] if field_name in OPTIONAL else [f"{key} is missing"]
        elif field_name in LISTS:
            values[field_name] = _list_of(key, field_name, payload[key], problems)
        else:
            values[field_name] = _text_of(key, field_name, payload[key], problems)
    return kind(**values, problems=tuple(problems))


def _unknown(name: str, keys: list[str], known: list[str]) -> list[str]:
    if not keys:
        return []
    shown = ", ".join(_shown(key) for key in keys[:SHOWN_KEYS])
    more = f" and {len(keys) - SHOWN_KEYS} more" if len(keys) > SHOWN_KEYS else ""
    return [f"{name} has no {shown}{more}; allowed: {', '.join(known)}"]


def _key_of(field_name: str) -> str:
    """`account_id` is `AccountId` in a payload: Automation's own names are written so."""
    return "".join(word.capitalize() for word in field_name.split("_"))


def _list_of(key: str, field_name: str, value: Any, problems: list[str]) -> tuple[str, ...]:
    """Each text of a list; a text alone is a list of one.

    A machine that is no text is a line without anything: it counts as lost, as any line of another form.
    """
    if not isinstance(value, list):
        problems.append(f"{key} must be a list of texts, not {_kind_of(value)}")
        value = _texts_in(value) if isinstance(value, str) else []
    if strange := [each for each in value if not isinstance(each, str)]:
        problems.append(f"{key} must hold texts only, not {_kind_of(strange[0])}")
    most = LISTS[field_name]
    if len(value) > most:
        problems.append(f"{key} must hold at most {most} texts, not {len(value):,}")
    texts = [each if isinstance(each, str) else "" for each in value[:most]]
    if any(len(text) > LINE_CHARACTERS for text in texts):
        problems.append(f"{key} must hold texts of at most {LINE_CHARACTERS} characters")
    return tuple(_encodable(text)[:LINE_CHARACTERS] for text in texts if text or field_name == "machines")


def _texts_in(text: str) -> list[Any]:
    """A list that is written as JSON, or the text alone."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    return found if isinstance(found, list) else [text]


def _text_of(key: str, field_name: str, value: Any, problems: list[str]) -> str:
    """The text; empty if it is none, or not of its form."""
    if not isinstance(value, str):
        problems.append(f"{key} must be a text, not {_kind_of(value)}")
        return ""
    if field_name == "detected_at":
        return _time_of(key, value, problems)
    pattern, words = FORMS[field_name]
    if not (value.isprintable() and re.fullmatch(pattern, value)):
        problems.append(f"{key} must be {words}, not {_shown(value)}")
        return ""
    return value


def _time_of(key: str, value: str, problems: list[str]) -> str:
    """The time in UTC, as messages have it."""
    try:
        time = datetime.fromisoformat(value)
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        time + timedelta(days=1)  # until when the message says how to mute
    except (ValueError, OverflowError):
        problems.append(f"{key} must be a time such as 2030-01-31T08:00:00Z, not {_shown(value)}")
        return ""
    return value if re.fullmatch(TIME, value) else time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _encodable(text: str) -> str:
    """JSON may hold halves of characters, which no answer and no message can."""
    return text.encode("utf-8", "replace").decode()


def _kind_of(value: Any) -> str:
    kinds = {dict: "a map", list: "a list", str: "a text", bool: "a truth value", type(None): "nothing"}
    return kinds.get(type(value), "a number")


def _shown(value: Any) -> str:
    return repr(value[:100]) if isinstance(value, str) else _kind_of(value)
