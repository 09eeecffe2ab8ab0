"""What passes between reading, deciding and reporting: frozen records, no behaviour of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

INSTANCE = "AWS::EC2::Instance"
NODE = "AWS::SSM::ManagedInstanceInventory"
"""Config's type for a managed node; its resource id is the node's id. See docs/hybrid-nodes.md."""
ACCOUNT = "AWS::::Account"
"""The account as a resource: four colons, `AWS::Account` is rejected (RDK's rule template puts it so)."""


class ComplianceType(StrEnum):
    """The verdicts that a custom rule may put; Config rejects INSUFFICIENT_DATA from a rule."""

    COMPLIANT = "COMPLIANT"
    NON_COMPLIANT = "NON_COMPLIANT"
    NOT_APPLICABLE = "NOT_APPLICABLE"


@dataclass(frozen=True, slots=True)
class Agent:
    """What Systems Manager says about one SSM Agent; every field but the ping status may be missing.

    `platform` is the operating system in words, `platform_type` is `linux`, `windows` or `macos`.
    """

    ping_status: str
    last_ping: datetime | None = None
    version: str | None = None
    platform: str | None = None
    platform_type: str | None = None

    @property
    def is_online(self) -> bool:
        """Whether the agent answers; any ping status but `Online` means that it doesn't."""
        return self.ping_status == "Online"


@dataclass(frozen=True, slots=True)
class Details:
    """What EC2 says about one running instance.

    `launched` is when it was last started. `platform_type` is `windows` or `linux`: EC2 tells no other apart.
    """

    launched: datetime
    has_instance_profile: bool = True
    has_metadata_endpoint: bool = True
    platform_type: str = "linux"


@dataclass(frozen=True, slots=True)
class Fleet:
    """The running instances, and what is known of them, by instance id.

    `details` are read of instances whose agents don't answer. `tags` are texts by tag key and instance id, of
    the keys that the settings name; instances that don't run may be among them. `nodes` are the agents of
    hybrid nodes by node id. `default_host_management` is None if it is not known whether Default Host
    Management Configuration is on.
    """

    running: frozenset[str]
    agents: Mapping[str, Agent]
    details: Mapping[str, Details] = field(default_factory=dict)
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    nodes: Mapping[str, Agent] = field(default_factory=dict)
    default_host_management: bool | None = None


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
