"""Does Config announce what this rule says? It sends events only for resource types that are recorded.

A rule runs without that too, and nobody is told: so the log warns, and names what to change.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_config import ConfigServiceClient
    from mypy_boto3_config.type_defs import (
        ConfigurationRecorderOutputTypeDef,
        ConfigurationRecorderStatusTypeDef,
    )

logger = logging.getLogger(__name__)


def warn(config: ConfigServiceClient, resource_types: Iterable[str]) -> None:
    """Log a warning for each problem of the recorder; whatever happens, the run goes on."""
    try:
        recorders = config.describe_configuration_recorders().get("ConfigurationRecorders", [])
        status = config.describe_configuration_recorder_status().get("ConfigurationRecordersStatus", [])
    except (ClientError, BotoCoreError) as error:
        text = (
            "Whether AWS Config records what this rule checks could not be read: allow "
            f"config:DescribeConfigurationRecorders and config:DescribeConfigurationRecorderStatus ({error})"
        )
        logger.warning(text, extra={"code": "recorder-unreadable"})
        return
    for code, text in problems(recorders, status, resource_types):
        logger.warning(text, extra={"code": code})


def problems(
    recorders: list[ConfigurationRecorderOutputTypeDef],
    statuses: list[ConfigurationRecorderStatusTypeDef],
    resource_types: Iterable[str],
) -> Iterator[tuple[str, str]]:
    """What keeps Config from announcing changes of these resource types: a code, and what to change.

    `recorders` and `statuses` are as Config describes them: there is at most one that customers manage.
    """
    if not recorders:
        yield (
            "recorder-missing",
            "AWS Config has no configuration recorder in this account and Region, so it announces no change "
            "and nobody is told: make one (the module's input recorder does)",
        )
        return
    [recorder, *_] = recorders
    name = recorder.get("name", "default")
    if not any(status.get("recording") for status in statuses if status.get("name", name) == name):
        yield (
            "recorder-stopped",
            f"The configuration recorder {name} is stopped, so AWS Config announces no change and nobody is "
            "told: start it (aws configservice start-configuration-recorder --configuration-recorder-name "
            f"{name})",
        )
    missing = [each for each in resource_types if not _records(recorder.get("recordingGroup", {}), each)]
    if missing:
        yield (
            "recorder-type-excluded",
            f"The configuration recorder {name} does not record {', '.join(missing)}, so AWS Config "
            "announces no change there and nobody is told: add it to what is recorded, or take it off the "
            "exclusions",
        )
    mode = recorder.get("recordingMode", {})
    daily = [each for each in resource_types if each not in missing and _frequency(mode, each) == "DAILY"]
    if daily:
        yield (
            "recorder-daily",
            f"The configuration recorder {name} records {', '.join(daily)} once a day, so a change may be "
            "announced late or not at all: record the type continuously",
        )


def _records(group: Mapping[str, Any], resource_type: str) -> bool:
    excluded = group.get("exclusionByResourceTypes", {}).get("resourceTypes", [])
    strategy = group.get("recordingStrategy", {}).get("useOnly")
    if strategy == "EXCLUSION_BY_RESOURCE_TYPES":
        return resource_type not in excluded
    return bool(group.get("allSupported")) or resource_type in group.get("resourceTypes", [])


def _frequency(mode: Mapping[str, Any], resource_type: str) -> str | None:
    """How often the type is recorded: an override for it counts."""
    for override in mode.get("recordingModeOverrides", []):
        if resource_type in override.get("resourceTypes", []):
            return str(override.get("recordingFrequency"))
    return mode.get("recordingFrequency")
