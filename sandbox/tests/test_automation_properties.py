from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.automation import actions
from sandbox.tests.deployments import ACCOUNT, make_role
from sandbox.tests.test_automation import (
    REGION,
    TRUST,
    create,
    execution,
    passing,
    run,
    start,
    statuses,
    step,
)


@pytest.fixture(scope="module")
def sandbox(sandbox: Sandbox) -> Sandbox:
    make_role(sandbox, "ssm", [], TRUST, name="idle")
    return sandbox


@pytest.fixture
def machine(sandbox: Sandbox) -> str:
    return sandbox.fleet.load([{"name": "web", "ping": "ConnectionLost"}], ACCOUNT, REGION)[0]


def looks(machine: str, action: str = "wait", desired: Any = ("Online",), **inputs: Any) -> dict[str, Any]:
    selector = {"PropertySelector": "$.InstanceInformationList[0].PingStatus", "DesiredValues": list(desired)}
    filters = [{"Key": "InstanceIds", "Values": [machine]}]
    call = {"Service": "ssm", "Api": "DescribeInstanceInformation", "Filters": filters}
    return step(f"{action}AwsResourceProperty", inputs={**call, **selector, **inputs})


def test_it_waits_until_a_property_has_a_desired_value(sandbox: Sandbox, machine: str) -> None:
    execution_id = start(sandbox, create(sandbox, looks(machine, "waitFor"), passing("last")))
    time.sleep(2 * actions.POLL_PAUSE)
    assert execution(sandbox, execution_id)["AutomationExecutionStatus"] == "InProgress"
    sandbox.fleet.recover(machine)
    sandbox.settle()
    assert execution(sandbox, execution_id)["AutomationExecutionStatus"] == "Success"


def test_a_property_that_is_not_there_yet_has_no_value(sandbox: Sandbox, machine: str) -> None:
    sandbox.fleet.deregister(machine)
    later = threading.Timer(2 * actions.POLL_PAUSE, sandbox.fleet.register, [machine])
    later.start()
    assert statuses(run(sandbox, looks(machine, "waitFor"))) == {"run": "Success"}
    later.join()


@pytest.mark.parametrize("seconds", [1, 540])
def test_a_wait_in_vain_times_out(
    sandbox: Sandbox, machine: str, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    monkeypatch.setattr(actions, "LONGEST_POLLING", 1)
    found = run(sandbox, {**looks(machine, "waitFor"), "timeoutSeconds": seconds, "onFailure": "Abort"})
    assert found["AutomationExecutionStatus"] == "TimedOut"
    assert f"did not end within {seconds} seconds" in found["FailureMessage"]


@pytest.mark.parametrize(("desired", "status"), [(["Online", "ConnectionLost"], "Success"), ([], "Failed")])
def test_a_property_can_be_asserted(sandbox: Sandbox, machine: str, desired: list[str], status: str) -> None:
    assert statuses(run(sandbox, looks(machine, "assert", desired))) == {"run": status}


@pytest.mark.parametrize(
    ("desired", "status"), [(["False"], "Success"), ([False], "Success"), (["True"], "Failed")]
)
def test_a_boolean_is_desired_as_a_text_or_a_boolean(
    sandbox: Sandbox, machine: str, desired: list[Any], status: str
) -> None:
    selector = "$.Reservations[0].Instances[0].EbsOptimized"
    call = {"Service": "ec2", "Api": "DescribeInstances", "Filters": [], "PropertySelector": selector}
    found = run(sandbox, looks(machine, "assert", desired, **call, InstanceIds=[machine]))
    assert statuses(found) == {"run": status}


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({}, "AccessDeniedException"),
        ({"Api": "DescribeNothing"}, "no API DescribeNothing"),
        ({"Service": "sts", "Api": "GetCallerIdentity", "PropertySelector": "$"}, "selects several values"),
    ],
)
def test_a_call_that_fails_fails_its_step(
    sandbox: Sandbox, machine: str, inputs: dict[str, Any], text: str
) -> None:
    step_ = looks(machine, "waitFor", **inputs)
    if "Service" in inputs:
        del step_["inputs"]["Filters"]
    found = run(sandbox, step_, assumeRole=f"arn:aws:iam::{ACCOUNT}:role/idle")
    assert statuses(found) == {"run": "Failed"}
    assert text in found["FailureMessage"]
