"""What a fleet file holds: groups of machines, and the roles and networks that they name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from sandbox.fleet_networks import FIELDS as NETWORK_FIELDS
from sandbox.fleet_networks import WAYS_OUT
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
    for kind, entries, fields in (("role", roles, ROLE_FIELDS), ("network", networks, NETWORK_FIELDS)):
        for name, entry in entries.items():
            if unknown := sorted(set(entry or {}) - set(fields)):
                where = f"{kind} {name!r} of the fleet, field {unknown[0]!r}"
                raise FleetError(f"{where}: unknown; the fields are {', '.join(fields)}")
    for name, entry in networks.items():
        way_out = (entry or {}).get("way_out", "nat")
        if way_out not in WAYS_OUT:
            where = f"network {name!r} of the fleet, field 'way_out'"
            raise FleetError(f"{where}: {way_out!r} is not {', '.join(WAYS_OUT)}")
    return list(content.get("machines", [])), roles, networks
