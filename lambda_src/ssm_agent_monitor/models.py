"""What passes between reading, deciding and reporting: frozen records, no behaviour of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

INSTANCE = "AWS::EC2::Instance"
ACCOUNT = "AWS::::Account"
"""The account as a resource: four colons, `AWS::Account` is rejected (RDK's rule template puts it so)."""


class ComplianceType(StrEnum):
    """The verdicts that a custom rule may put; Config rejects INSUFFICIENT_DATA from a rule."""

    COMPLIANT = "COMPLIANT"
    NON_COMPLIANT = "NON_COMPLIANT"
    NOT_APPLICABLE = "NOT_APPLICABLE"


@dataclass(frozen=True, slots=True)
class Agent:
    """What Systems Manager says about one SSM Agent; every field but the ping status may be missing."""

    ping_status: str
    last_ping: datetime | None = None
    version: str | None = None
    platform: str | None = None

    @property
    def is_online(self) -> bool:
        """Whether the agent answers; any ping status but `Online` means that it doesn't."""
        return self.ping_status == "Online"


ONLINE_AGENT = Agent("Online")
"""What there is to know about an agent that answers."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The running instances, and the agents that Systems Manager knows, both by instance id."""

    running: frozenset[str]
    agents: Mapping[str, Agent]


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """A resource as Config names it: `resource_type` as in `AWS::EC2::Instance`, and its id."""

    resource_type: str
    resource_id: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One verdict on one resource; `annotation` has 1 to 256 characters and ends in the cause's code."""

    resource: Resource
    compliance_type: ComplianceType
    annotation: str


@dataclass(frozen=True, slots=True)
class LastResult:
    """What Config holds of an earlier run: of the annotation, only the cause's code is read."""

    compliance_type: ComplianceType
    cause: str
