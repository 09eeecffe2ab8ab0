"""Values in texts that an output of Automation holds."""

from __future__ import annotations

import json
import re
from typing import Any

MOST_TEXTS = 50
MOST_CHARACTERS = 512
"""Of an output and of a text in it: what the reference of DescribeAutomationStepExecutions gives."""


def texts_of(value: Any) -> list[str]:
    """JSON in pieces that an output of Automation holds; `value_of` puts them together.

    No text has two opening braces side by side, which Automation would take for a variable.
    """
    text = re.sub(r"\{(?=\{)", "{ ", json.dumps(value, separators=(",", ":")))
    return [text[start : start + MOST_CHARACTERS] for start in range(0, len(text), MOST_CHARACTERS)]


def value_of(texts: list[str]) -> Any:
    """The value of which `texts_of` made texts."""
    return json.loads("".join(texts))
