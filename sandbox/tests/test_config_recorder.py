from __future__ import annotations

from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.tests.deployments import REGION, make_recorder

INSTANCE = "AWS::EC2::Instance"


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
