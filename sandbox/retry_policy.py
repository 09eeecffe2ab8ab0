"""When EventBridge and its Scheduler try again what a target refused, as a retry policy says.

"By default … for 24 hours and up to 185 times": https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
AWS says that the waits grow, not how long they are: here a minute, then twice as long each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

DEFAULTS = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86400}
FIRST_WAIT = timedelta(minutes=1)


def exhausted(policy: Mapping[str, int], retries: int) -> str | None:
    """Which of the policy's conditions ends it after so many retries; None: there is another one."""
    limits = {**DEFAULTS, **policy}
    if retries >= limits["MaximumRetryAttempts"]:
        return "MaximumRetryAttempts"
    age_at_the_next = FIRST_WAIT * (2 ** (retries + 1) - 1)
    too_old = age_at_the_next.total_seconds() > limits["MaximumEventAgeInSeconds"]
    return "MaximumEventAgeInSeconds" if too_old else None


def wait(retries: int) -> timedelta:
    """How long it takes until the next try, after so many retries."""
    return timedelta(seconds=FIRST_WAIT.total_seconds() * 2**retries)
