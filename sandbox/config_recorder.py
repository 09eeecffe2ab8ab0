"""What moto's configuration recorders record: a compliance change is announced for nothing else."""

from __future__ import annotations

from functools import cache
from typing import Any

from moto.config.models import config_backends
from moto.core.utils import get_service_model

from sandbox.gateway import Call

# Not on the list of resource types for which EventBridge gets compliance changes
# (https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html).
TYPES_WITHOUT_EVENTS = {"AWS::SSM::ManagedInstanceInventory"}


@cache
def resource_types() -> frozenset[str]:
    """Return the resource types that Config's API knows."""
    return frozenset(get_service_model("config").shape_for("ResourceType").metadata["enum"])


def keep_mode(call: Call) -> None:
    """Keep a recorder's mode, which moto drops: continuous recording unless it says otherwise."""
    given: dict[str, Any] = call.params["ConfigurationRecorder"]
    recorder: Any = config_backends[call.account][call.region].recorders[given["name"]]
    recorder.recording_mode = {"recordingFrequency": "CONTINUOUS", **given.get("recordingMode", {})}
    # Terraform would send an empty exclusion back with the next change, which moto, unlike AWS, refuses.
    if recorder.recording_group.exclusion_by_resource_types == {"resourceTypes": []}:
        recorder.recording_group.exclusion_by_resource_types = None


def has_recorder(account: str, region: str) -> bool:
    """Tell whether a configuration recorder exists, on or off."""
    return bool(config_backends[account][region].recorders)


def announces(account: str, region: str, resource_type: str) -> bool:
    """Tell whether a compliance change of this resource type gives an event."""
    if resource_type in TYPES_WITHOUT_EVENTS or resource_type not in resource_types():
        return False
    for recorder in config_backends[account][region].recorders.values():
        group = recorder.recording_group
        if excluded := (group.exclusion_by_resource_types or {}).get("resourceTypes"):
            recorded = resource_type not in excluded
        else:
            recorded = group.all_supported or resource_type in (group.resource_types or [])
        if recorder.status.recording and recorded:
            return True
    return False
