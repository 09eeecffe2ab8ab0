"""What texts from outside must look like, in settings and in requests, and how people are told of others."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A regular expression, and the same in words that fit after "must be"."""

    pattern: str
    words: str

    def fits(self, text: str) -> bool:
        """Whether the whole text has this form."""
        return re.fullmatch(self.pattern, text) is not None

    def objection(self, text: str) -> str:
        """What to say of a text that has another."""
        return f"must be {self.words}, not {shown(text)}"


ACCOUNT_ID = Form(r"[0-9]{12}", "12 digits")
REGION = Form(r"[a-z0-9-]{1,30}", "the name of a Region")


def kind_of(value: object) -> str:
    """What a value of JSON is, in words."""
    kinds = {dict: "a map", list: "a list", str: "a text", bool: "a truth value", type(None): "nothing"}
    return kinds.get(type(value), "a number")


def shown(value: object) -> str:
    """The beginning of a text, quoted; of what is none, what it is."""
    return repr(value[:100]) if isinstance(value, str) else kind_of(value)
