"""The activation with which a hybrid node was registered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.reading import Reader

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import ActivationTypeDef


@dataclass(frozen=True, slots=True)
class Activation:
    """Whether it `has_expired`, and whether it `is_used_up`: it has registered as many nodes as it may."""

    id: str
    has_expired: bool
    is_used_up: bool


def read_activation(reader: Reader, activation_id: str) -> Activation | None:
    """None: it is gone."""
    filters = [{"FilterKey": "ActivationIds", "FilterValues": [activation_id]}]

    def call() -> Activation | None:
        found: list[ActivationTypeDef]
        found = reader.client("ssm").describe_activations(Filters=filters)["ActivationList"]
        return _activation(found[0]) if found else None

    return reader.read("it", call)


def _activation(item: ActivationTypeDef) -> Activation:
    is_used_up = item.get("RegistrationsCount", 0) >= item.get("RegistrationLimit", 1)
    return Activation(item.get("ActivationId", "unknown"), item.get("Expired", False), is_used_up)
