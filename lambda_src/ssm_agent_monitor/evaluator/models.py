"""What passes between reading, deciding and putting: frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ResourceType(StrEnum):
    """The types of resource that the rule has results on, as Config names them."""

    INSTANCE = "AWS::EC2::Instance"
    MANAGED_NODE = "AWS::SSM::ManagedInstanceInventory"
    """Config's type for a managed node; its resource id is the node's id. See docs/hybrid-nodes.md."""
    ACCOUNT = "AWS::::Account"
    """The account as a resource: four colons, `AWS::Account` is rejected (RDK's rule template puts it so)."""


class ComplianceType(StrEnum):
    """The compliance types that a custom rule may put; Config rejects INSUFFICIENT_DATA from a rule."""

    COMPLIANT = "COMPLIANT"
    NON_COMPLIANT = "NON_COMPLIANT"
    NOT_APPLICABLE = "NOT_APPLICABLE"


@dataclass(frozen=True, slots=True)
class OnlineAgent:
    """An SSM Agent whose ping status is `Online`. `platform_type` is `linux`, `windows` or `macos`."""

    platform_type: str | None = None


@dataclass(frozen=True, slots=True)
class UnresponsiveAgent:
    """What Systems Manager says of an agent with any other ping status; all else may be missing.

    `platform` is the operating system in words.
    """

    ping_status: str
    last_ping: datetime | None = None
    version: str | None = None
    platform: str | None = None
    platform_type: str | None = None


Agent = OnlineAgent | UnresponsiveAgent


@dataclass(frozen=True, slots=True)
class Details:
    """What EC2 says of one running instance whose agent is not online.

    `launched` is when it was last started. `platform_type` is `windows` or `linux`: EC2 tells no other apart.
    """

    launched: datetime
    has_instance_profile: bool = True
    has_metadata_endpoint: bool = True
    platform_type: str = "linux"
    is_service_managed: bool = False


@dataclass(frozen=True, slots=True)
class Fleet:
    """The running instances, and what is known of them, by instance id.

    `service_managed` are those that an AWS service operates. `details` are read of instances whose agents are
    not online. `tags` are texts by tag key and instance id, of the keys that the settings name; instances
    that don't run may be among them. `nodes` are the agents of hybrid nodes by node id.
    `default_host_management` is None if it is not known whether Default Host Management Configuration is on.
    """

    running: frozenset[str]
    agents: Mapping[str, Agent]
    details: Mapping[str, Details] = field(default_factory=dict)
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    nodes: Mapping[str, Agent] = field(default_factory=dict)
    service_managed: frozenset[str] = frozenset()
    default_host_management: bool | None = None


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """A resource as Config names it."""

    resource_type: ResourceType
    resource_id: str


@dataclass(frozen=True, slots=True)
class LastResult:
    """What Config shows for a resource from an earlier run.

    `triggered_at` is when Config triggered that run. `annotation` is its whole text, `cause` the code in it.
    """

    compliance_type: ComplianceType
    cause: str
    triggered_at: datetime
    annotation: str = ""


LastResults = Mapping[Resource, LastResult]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One result to put; `annotation` has 1 to 256 characters and ends in the cause's code."""

    resource: Resource
    compliance_type: ComplianceType
    cause: str
    annotation: str
