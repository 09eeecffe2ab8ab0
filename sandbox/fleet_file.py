"""Fleet files: YAML or JSON, as `fleet.schema.yaml` says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

SCHEMA = yaml.safe_load(Path(__file__).with_name("fleet.schema.yaml").read_text(encoding="utf-8"))
FleetContent = Sequence[dict[str, Any]] | dict[str, Any]


class FleetError(ValueError):
    """A mistake in the description of a fleet."""


def read(fleet: Path | FleetContent) -> dict[str, Any]:
    """What a fleet file, or its content, says; raises a FleetError that names what is wrong."""
    content: Any = fleet
    if isinstance(fleet, Path):
        try:
            content = yaml.safe_load(fleet.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise FleetError(f"the fleet file {fleet} cannot be read: {error}") from error
    if isinstance(content, list):
        content = {"machines": content}
    if mistake := best_match(Draft202012Validator(SCHEMA).iter_errors(content)):
        raise FleetError(f"the fleet, {'/'.join(map(str, mistake.absolute_path))}: {mistake.message}")
    networks = content.get("networks", {})
    for group in content.get("machines", []):
        if "network" in group and group["network"] not in networks:
            raise FleetError(f"the fleet, {group['name']}: there is no network {group['network']!r}")
    return dict(content)
