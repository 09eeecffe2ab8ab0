"""What a fleet file holds: groups of machines, and the roles and networks that they name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from sandbox.fleet_networks import ENDPOINT_FIELDS, WAYS_OUT
from sandbox.fleet_networks import FIELDS as NETWORK_FIELDS
from sandbox.fleet_roles import FIELDS as ROLE_FIELDS

FleetContent = Sequence[dict[str, Any]] | dict[str, Any]


class FleetError(ValueError):
    """A mistake in the description of a fleet."""


def read(path: Path) -> FleetContent:
    """The content of a YAML or JSON file; raises a FleetError that names what is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise FleetError(f"the fleet file {path} cannot be read: {error}") from error
    if not isinstance(content, list | dict):
        raise FleetError(f"the fleet file {path} must hold a list of groups, or a map with machines")
    return content


def parts_of(content: FleetContent) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
    """The groups, the roles and the networks; raises a FleetError that names the field that is wrong."""
    if not isinstance(content, dict):
        return list(content), {}, {}
    if unknown := sorted(set(content) - {"machines", "roles", "networks"}):
        forms = "a list of groups, or a map of machines, roles and networks"
        raise FleetError(f"the fleet: {unknown[0]!r} is unknown; it is {forms}")
    roles, networks = content.get("roles", {}), content.get("networks", {})
    for name, role in roles.items():
        _check_fields(f"role {name!r} of the fleet", role, ROLE_FIELDS)
    for name, network in networks.items():
        _check_network(f"network {name!r} of the fleet", network or {})
    return list(content.get("machines", [])), roles, networks


def _check_network(where: str, network: dict[str, Any]) -> None:
    _check_fields(where, network, NETWORK_FIELDS)
    way_out = network.get("way_out", "nat")
    if way_out not in WAYS_OUT:
        raise FleetError(f"{where}, field 'way_out': {way_out!r} is not {', '.join(WAYS_OUT)}")
    for service, endpoint in (network.get("endpoints") or {}).items():
        _check_fields(f"{where}, endpoint {service!r}", endpoint, ENDPOINT_FIELDS)


def _check_fields(where: str, entry: dict[str, Any] | None, fields: Sequence[str]) -> None:
    if unknown := sorted(set(entry or {}) - set(fields)):
        raise FleetError(f"{where}, field {unknown[0]!r}: unknown; the fields are {', '.join(fields)}")
