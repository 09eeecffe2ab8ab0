from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import REGION, allow, make_recorder, session

INSTANCE = "AWS::EC2::Instance"
DESCRIPTIONS = ("describe_configuration_recorders", "describe_configuration_recorder_status")
ACTIONS = ("config:DescribeConfigurationRecorders", "config:DescribeConfigurationRecorderStatus")


@pytest.fixture(scope="module")
def sandbox(sandbox: Sandbox) -> Sandbox:
    make_recorder(sandbox, resourceTypes=[INSTANCE])
    return sandbox


def described(sandbox: Sandbox) -> dict[str, Any]:
    [recorder] = sandbox.client("config", REGION).describe_configuration_recorders()["ConfigurationRecorders"]
    return dict(recorder)


def test_a_recorder_records_continuously_unless_it_is_told_otherwise(sandbox: Sandbox) -> None:
    assert described(sandbox)["recordingMode"] == {"recordingFrequency": "CONTINUOUS"}
    daily = {"resourceTypes": [INSTANCE], "recordingFrequency": "DAILY"}
    mode = {"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": [daily]}
    recorder = described(sandbox) | {"recordingMode": mode}
    sandbox.client("config", REGION).put_configuration_recorder(ConfigurationRecorder=recorder)
    assert described(sandbox) == recorder


def test_the_status_tells_whether_it_is_on(sandbox: Sandbox) -> None:
    config = sandbox.client("config", REGION)
    for switch, recording in (
        (config.stop_configuration_recorder, False),
        (config.start_configuration_recorder, True),
    ):
        switch(ConfigurationRecorderName="default")
        [status] = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
        assert (status["name"], status["recording"]) == ("default", recording)


@pytest.mark.parametrize("operation", DESCRIPTIONS)
def test_reading_recorders_needs_a_permission(sandbox: Sandbox, operation: str) -> None:
    for actions in (ACTIONS, ("config:PutEvaluations",)):
        holder = session(sandbox, allow(*actions))
        read = getattr(sandbox.access.client("config", REGION, holder), operation)
        if actions == ACTIONS:
            assert read()
        else:
            with pytest.raises(ClientError, match="AccessDeniedException"):
                read()
