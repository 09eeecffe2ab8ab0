from typing import Any

import pytest

from ssm_agent_monitor.evaluator import recorder_check
from ssm_agent_monitor.evaluator.models import ResourceType

INSTANCE, NODE = ResourceType.INSTANCE, ResourceType.MANAGED_NODE

EVERYTHING = {
    "allSupported": True,
    "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
    "resourceTypes": [],
}
INCLUDING = {"allSupported": False, "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"}}
EXCLUDING = {"allSupported": False, "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}}
DAILY = {"recordingFrequency": "DAILY"}
RECORDING = [{"name": "default", "recording": True}]


def codes(
    group: dict[str, Any] | None,
    mode: dict[str, Any] | None = None,
    status: Any = RECORDING,
    types: list[str] | None = None,
) -> list[str]:
    recorders: Any = [] if group is None else [{"name": "default", "recordingGroup": group}]
    for each in recorders:
        each |= {"recordingMode": mode} if mode else {}
    return [code for code, _ in recorder_check.problems(recorders, status, types or [INSTANCE])]


@pytest.mark.parametrize(
    "group",
    [
        EVERYTHING,
        {"allSupported": True},
        INCLUDING | {"resourceTypes": ["AWS::S3::Bucket", INSTANCE]},
        {"resourceTypes": [INSTANCE]},
        EXCLUDING | {"exclusionByResourceTypes": {"resourceTypes": ["AWS::S3::Bucket"]}},
    ],
)
def test_a_recorder_that_records_instances_is_no_problem(group: dict[str, Any]) -> None:
    assert codes(group) == codes(group, {"recordingFrequency": "CONTINUOUS"}) == []


def test_no_recorder() -> None:
    assert codes(None, status=[]) == ["recorder-missing"]


@pytest.mark.parametrize("status", [[], [{"name": "default", "recording": False}]])
def test_a_stopped_recorder(status: list[dict[str, Any]]) -> None:
    assert codes(EVERYTHING, status=status) == ["recorder-stopped"]


@pytest.mark.parametrize(
    "group",
    [
        INCLUDING | {"resourceTypes": ["AWS::S3::Bucket"]},
        EXCLUDING | {"exclusionByResourceTypes": {"resourceTypes": [INSTANCE]}},
        {},
    ],
)
def test_a_type_left_out_or_excluded(group: dict[str, Any]) -> None:
    assert codes(group) == ["recorder-type-excluded"]
    assert codes(group, DAILY) == ["recorder-type-excluded"]


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        (DAILY, True),
        ({"recordingFrequency": "CONTINUOUS"}, False),
        (
            {
                "recordingFrequency": "CONTINUOUS",
                "recordingModeOverrides": [{"resourceTypes": [INSTANCE], "recordingFrequency": "DAILY"}],
            },
            True,
        ),
        (
            DAILY
            | {"recordingModeOverrides": [{"resourceTypes": [INSTANCE], "recordingFrequency": "CONTINUOUS"}]},
            False,
        ),
    ],
)
def test_daily_recording(mode: dict[str, Any], problem: bool) -> None:
    assert codes(EVERYTHING, mode) == (["recorder-daily"] if problem else [])


def test_several_problems_are_all_named() -> None:
    group = INCLUDING | {"resourceTypes": [INSTANCE]}
    stopped: list[dict[str, Any]] = []
    assert codes(group, DAILY, stopped, [INSTANCE, NODE]) == [
        "recorder-stopped",
        "recorder-type-excluded",
        "recorder-daily",
    ]
