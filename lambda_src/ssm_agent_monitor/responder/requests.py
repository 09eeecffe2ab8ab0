"""What the runbooks ask for: each step's payload, parsed once into a frozen record.

What can't be used of a malformed payload is left out, and `problems` names it, so that people are told as
much as is certain.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ssm_agent_monitor.responder.forms import ACCOUNT_ID, REGION, Form, kind_of, shown
from ssm_agent_monitor.responder.repair.actions import ACTIONS
from ssm_agent_monitor.shared import times
from ssm_agent_monitor.shared.event_lines import LINE_CHARACTERS


class InvalidRequestError(ValueError):
    """A payload of which nothing can be used; the text names what is wrong and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a request says, by its `name`; texts are empty for what it does not.

    `machines` and `totals` are lines of an event, `user_steps` the names of the user's steps. `action` is
    what was planned, and approved. `detected_at` is when it happened, or when a reminder was due.
    """

    name: str
    machines: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    account_id: str = ""
    region: str = ""
    rule_name: str = ""
    detected_at: str = ""
    execution_id: str = ""
    user_steps: tuple[str, ...] = ()
    instance_id: str = ""
    action: str = ""
    queue_url: str = ""
    interval_seconds: str = ""
    problems: tuple[str, ...] = ()


OF_EVENT = ("AccountId", "Region", "RuleName", "DetectedAt", "ExecutionId")
KEYS = {
    "LookUp": ("Machines", "AccountId", "Region", "DetectedAt", "ExecutionId"),
    "Notify": ("Machines", "Totals", *OF_EVENT, "UserSteps"),
    "DecideRepair": ("InstanceId", "Action", "ExecutionId"),
    "ReportRepair": ("InstanceId", "Action", *OF_EVENT),
    "Remind": ("RuleName", "QueueUrl", "IntervalSeconds", "DetectedAt", "ExecutionId"),
}
"""The keys of a payload, by the request's name. All but UserSteps are needed."""

LISTS = {"Machines": 50, "Totals": 50, "UserSteps": 1000}
"""The most texts of a list that count, by key. An event names at most 50 machines."""

FORMS = {
    "AccountId": ACCOUNT_ID,
    "Region": REGION,
    "RuleName": Form(r".{1,128}", "a text of one line, of at most 128 characters"),
    "InstanceId": Form(r"i-[0-9a-z_]{8,17}", "the id of an EC2 instance"),
    "Action": Form("|".join(ACTIONS), f"one of {', '.join(ACTIONS)}"),
    "ExecutionId": Form(r"[0-9a-f-]{36}", "the id of an execution"),
    "IntervalSeconds": Form(r"[1-9][0-9]{0,9}", "a number of seconds"),
    "QueueUrl": Form(r"https?://[!-~]{1,1000}", "the URL of a queue"),
}
"""What a text must look like, by key."""
LATEST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
"""The message says until a day later how to mute."""
SHOWN_KEYS = 5
"""The most unknown keys that are named."""


def parse(payload: object) -> Request:
    """The request of a payload. Raises InvalidRequestError if it is no map, or asks for something else."""
    if not isinstance(payload, dict):
        raise InvalidRequestError(f"the payload must be a map, not {kind_of(payload)}")
    name = payload.get("Request")
    if not isinstance(name, str) or name not in KEYS:
        raise InvalidRequestError(f"Request must be one of {', '.join(KEYS)}, not {shown(name)}")
    problems: list[str] = []
    if unknown := [shown(key) for key in payload if key not in (*KEYS[name], "Request")]:
        more = f" and {len(unknown) - SHOWN_KEYS} more" if len(unknown) > SHOWN_KEYS else ""
        named = ", ".join(unknown[:SHOWN_KEYS])
        problems.append(f"{name} has no {named}{more}; allowed: {', '.join(KEYS[name])}")
    values: dict[str, Any] = {}
    for key in sorted(KEYS[name]):
        read = _list_of if key in LISTS else _text_of
        if key in payload:
            values[re.sub(r"\B(?=[A-Z])", "_", key).lower()] = read(key, payload[key], problems)
        elif key != "UserSteps":
            problems.append(f"{key} is missing")
    return Request(name=name, **values, problems=tuple(problems))


def _list_of(key: str, value: object, problems: list[str]) -> tuple[str, ...]:
    """Each text of a list; a text alone is a list of one.

    A machine that is no text is a line without anything: it counts as lost, as any line of another form.
    """
    found = value if isinstance(value, list) else _texts_in(value) if isinstance(value, str) else []
    if not isinstance(value, list):
        problems.append(f"{key} must be a list of texts, not {kind_of(value)}")
    if strange := [each for each in found if not isinstance(each, str)]:
        problems.append(f"{key} must hold texts only, not {kind_of(strange[0])}")
    most = LISTS[key]
    if len(found) > most:
        problems.append(f"{key} must hold at most {most} texts, not {len(found):,}")
    texts = [each if isinstance(each, str) else "" for each in found[:most]]
    if any(len(text) > LINE_CHARACTERS for text in texts):
        problems.append(f"{key} must hold texts of at most {LINE_CHARACTERS} characters")
    # JSON may hold halves of characters, which no answer and no message can.
    encodable = [text.encode("utf-8", "replace").decode() for text in texts if text or key == "Machines"]
    return tuple(text[:LINE_CHARACTERS] for text in encodable)


def _texts_in(text: str) -> list[object]:
    """A list that is written as JSON, or the text alone."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    return found if isinstance(found, list) else [text]


def _text_of(key: str, value: object, problems: list[str]) -> str:
    """The text; empty if it is none, or not of its form."""
    if not isinstance(value, str):
        problems.append(f"{key} must be a text, not {kind_of(value)}")
    elif key == "DetectedAt":
        time = times.parse(value)
        if time and time <= LATEST:  # in UTC, as messages have it
            return value if re.fullmatch(times.TIME, value) else times.utc(time)
        problems.append(f"{key} must be a time such as 2030-01-31T08:00:00Z, not {shown(value)}")
    elif value.isprintable() and FORMS[key].fits(value):
        return value
    else:
        problems.append(f"{key} {FORMS[key].objection(value)}")
    return ""
