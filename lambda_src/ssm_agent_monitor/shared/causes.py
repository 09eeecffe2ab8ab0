"""The causes that a NON_COMPLIANT result may name: their codes (docs/operations.md) and their words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause: its `code`, its `words`, and words that fit `after_a_number` of machines.

    `is_registered`: only an agent has it which Systems Manager knows, or has known.
    """

    code: str
    words: str
    after_a_number: str
    is_registered: bool = False


METADATA_DISABLED = "metadata-disabled"
NO_INSTANCE_PROFILE = "no-instance-profile"
AGENT_TOO_OLD = "agent-too-old"
CONNECTION_LOST = "connection-lost"
INACTIVE = "inactive"
NOT_ONLINE = "not-online"
NEVER_REGISTERED = "never-registered"
NO_LONGER_REGISTERED = "no-longer-registered"

CAUSES = {
    cause.code: cause
    for cause in (
        Cause(METADATA_DISABLED, "instance metadata disabled", "with instance metadata disabled"),
        Cause(NO_INSTANCE_PROFILE, "no instance profile", "without an instance profile"),
        Cause(AGENT_TOO_OLD, "SSM Agent too old", "with an SSM Agent that is too old", is_registered=True),
        Cause(CONNECTION_LOST, "lost connection", "lost connection", is_registered=True),
        Cause(INACTIVE, "inactive", "inactive", is_registered=True),
        Cause(NOT_ONLINE, "not online", "not online", is_registered=True),
        Cause(NEVER_REGISTERED, "never registered", "never registered"),
        Cause(NO_LONGER_REGISTERED, "no longer registered", "no longer registered", is_registered=True),
    )
}

ONLINE = "online"
"""The code of a COMPLIANT result."""

UNKNOWN = "unknown"
"""Stands where a result names no cause that this version knows."""
