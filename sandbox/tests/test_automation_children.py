from __future__ import annotations

from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.tests.deployments import allow, make_role
from sandbox.tests.test_automation import REGION, TRUST, create, run, script, start, statuses, step


@pytest.fixture(scope="module")
def roles(sandbox: Sandbox) -> dict[str, str]:
    """Roles that may start a runbook and see what becomes of it, only start it, neither."""
    start = "ssm:StartAutomationExecution"
    return {
        "follower": make_role(
            sandbox, "ssm", [allow(start, "ssm:GetAutomationExecution")], TRUST, name="follower"
        ),
        "starter": make_role(sandbox, "ssm", [allow(start)], TRUST, name="starter"),
        "idle": make_role(sandbox, "ssm", [], TRUST, name="idle"),
    }


def child(name: str = "Child", **inputs: Any) -> dict[str, Any]:
    return step("executeAutomation", name, inputs)


def says(sandbox: Sandbox, code: str) -> str:
    """A runbook with an output, whose only step runs the code."""
    declared = [{"Name": "Said", "Selector": "$.Payload", "Type": "StringList"}]
    parameters = {"Words": {"type": "StringList", "default": []}}
    return create(
        sandbox,
        script(code, "Say", {"Words": "{{ Words }}"}, outputs=declared),
        parameters=parameters,
        outputs=["Say.Said"],
    )


def test_a_runbook_s_outputs_are_those_of_the_step_that_ran_it(sandbox: Sandbox) -> None:
    name = says(sandbox, 'return ["hello", *events["Words"]]')
    found = run(
        sandbox,
        child(DocumentName=name, RuntimeParameters={"Words": ["you", "there"]}),
        script('return events["Output"]', payload={"Output": "{{ Child.Output }}"}),
    )
    outputs = found["StepExecutions"]["Child"]["Outputs"]
    assert outputs["Output"] == ["hello", "you", "there"]
    assert outputs["Status"] == ["Success"]
    assert found["StepExecutions"]["run"]["Outputs"]["OutputPayload"] == [
        '{"Payload":["hello","you","there"]}'
    ]


def test_a_runbook_that_fails_fails_the_step(sandbox: Sandbox) -> None:
    found = run(sandbox, child(DocumentName=says(sandbox, "raise ValueError('no')")))
    assert found["AutomationExecutionStatus"] == "Failed"
    assert "ended as Failed" in found["FailureMessage"]
    assert "ValueError - no" in found["FailureMessage"]


def test_one_that_takes_longer_than_the_step_may_is_cancelled(sandbox: Sandbox) -> None:
    name = says(sandbox, "import time; time.sleep(60)")
    found = run(sandbox, {**child(DocumentName=name), "timeoutSeconds": 1})
    assert found["StepExecutions"]["Child"]["StepStatus"] == "TimedOut"
    [execution] = [each for each in sandbox.automation.executions() if each.document_name == name]
    assert execution.status == "Cancelled"


def test_it_is_found_by_its_parent(sandbox: Sandbox) -> None:
    name = says(sandbox, 'return ["hello"]')
    parent = start(sandbox, create(sandbox, child(DocumentName=name)))
    sandbox.settle()
    answer = sandbox.client("ssm", REGION).describe_automation_executions(
        Filters=[{"Key": "ParentExecutionId", "Values": [parent]}]
    )
    [found] = answer["AutomationExecutionMetadataList"]
    assert (found["DocumentName"], found["ParentAutomationExecutionId"]) == (name, parent)


@pytest.mark.parametrize(
    ("role", "status"), [("follower", "Success"), ("starter", "Failed"), ("idle", "Failed")]
)
def test_it_is_started_with_the_rights_of_the_parent_s_role(
    sandbox: Sandbox, roles: dict[str, str], role: str, status: str
) -> None:
    found = run(
        sandbox,
        child(DocumentName=says(sandbox, 'return ["hello"]')),
        assumeRole=roles[role],
    )
    assert statuses(found) == {"Child": status}


def test_many_parents_do_not_wait_for_each_other_s_threads(sandbox: Sandbox) -> None:
    name = create(sandbox, child(DocumentName=says(sandbox, 'return ["hello"]')))
    executions = [start(sandbox, name) for _ in range(12)]
    sandbox.settle()
    ended = {each.id: each.status for each in sandbox.automation.executions() if each.id in executions}
    assert set(ended.values()) == {"Success"}


def test_targets_and_rates_are_an_error_that_names_them(sandbox: Sandbox) -> None:
    found = run(sandbox, child(DocumentName=says(sandbox, "return []"), MaxConcurrency="1"))
    assert "does not model ['MaxConcurrency'] of aws:executeAutomation" in found["FailureMessage"]
