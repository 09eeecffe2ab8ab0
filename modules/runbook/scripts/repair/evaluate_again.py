"""Step Evaluate of the repair: has AWS Config evaluate the rule, so that the recovery shows at once."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from calls import client
from output_text import output_of

BUSY = ("LimitExceededException", "ResourceInUseException")
"""Config takes one request a minute, and none while the rule is evaluated."""


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Returns `Result`. Read are `RuleName` and `Online`: whether there is something new."""
    if events["Online"] != "yes":
        return {"Result": "not asked for"}
    try:
        client("config").start_config_rules_evaluation(ConfigRuleNames=[events["RuleName"]])
    except (BotoCoreError, ClientError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
        later = "the rule is evaluated at its next run"
        return {"Result": later if code in BUSY else output_of(f"{later}: {error}")}
    return {"Result": "the rule is being evaluated"}
