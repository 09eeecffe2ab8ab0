import threading
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.automation import engine, executions
from sandbox.automation.actions import Context
from sandbox.tests.deployments import REGION, refused
from sandbox.tests.runbooks import (
    create,
    execution,
    passing,
    signal,
    start,
    status,
    statuses,
    step,
    wait_for,
    waiting,
)


def quotas(monkeypatch: pytest.MonkeyPatch, running: int, queued: int) -> None:
    monkeypatch.setattr(executions, "MOST_RUNNING", running)
    monkeypatch.setattr(executions, "MOST_QUEUED", queued)


def ended(sandbox: Sandbox) -> list[str]:
    """The ids of all executions, the first that ended first."""
    found = [each for each in sandbox.automation.executions() if each.ended]
    return [each.id for each in sorted(found, key=lambda each: str(each.ended))]


def child(document: str, **properties: Any) -> dict[str, Any]:
    return step("executeAutomation", "child", {"DocumentName": document}, **properties)


def test_those_that_may_not_run_yet_wait_in_their_order(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas(monkeypatch, 1, 2)
    first, short = waiting(sandbox), create(sandbox, passing("one"))
    queued = [start(sandbox, short) for _ in range(2)]
    assert [status(sandbox, each) for each in queued] == ["Pending", "Pending"]
    with refused("AutomationExecutionLimitExceededException"):
        start(sandbox, short)
    elsewhere = sandbox.client("ssm", "us-east-1")  # has a quota of its own
    content = sandbox.client("ssm", REGION).get_document(Name=short)["Content"]
    elsewhere.create_document(Name=short, Content=content, DocumentType="Automation", DocumentFormat="YAML")
    elsewhere.start_automation_execution(DocumentName=short)
    stopped = queued.pop()
    sandbox.client("ssm", REGION).stop_automation_execution(AutomationExecutionId=stopped)
    assert status(sandbox, stopped) == "Cancelled"
    queued.append(start(sandbox, short))
    signal(sandbox, first)
    sandbox.settle()
    assert ended(sandbox)[-3:] == [first, *queued]
    assert status(sandbox, start(sandbox, short)) != "Cancelled"
    sandbox.settle()


def test_a_child_waits_behind_parents_that_are_queued(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas(monkeypatch, 2, 5)
    told, short = [], create(sandbox, passing("one"))
    gates = {"PT1S": threading.Event(), "PT2S": threading.Event()}

    def sleep(inputs: dict[str, Any], context: Context) -> Any:
        if gate := gates.get(inputs["Duration"]):
            gate.wait(30)
        told.append(context.execution.id)
        return {}

    monkeypatch.setitem(engine.ACTIONS, "aws:sleep", sleep)
    parent = start(sandbox, create(sandbox, step("sleep", "wait", {"Duration": "PT1S"}), child(short)))
    other = start(sandbox, create(sandbox, step("sleep", "wait", {"Duration": "PT2S"})))
    queued = start(sandbox, short)
    gates["PT1S"].set()
    wait_for(lambda: [each for each in sandbox.automation.executions() if each.parent_id == parent])
    [queued_child] = [each for each in sandbox.automation.executions() if each.parent_id == parent]
    assert queued_child.status == "Pending"
    assert status(sandbox, parent) == "InProgress"
    gates["PT2S"].set()
    sandbox.settle()
    assert told == [parent, other, queued, queued_child.id]
    assert status(sandbox, parent) == "Success"


def test_a_parent_that_is_stopped_does_not_leave_its_child_in_the_queue(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas(monkeypatch, 2, 50)
    other = waiting(sandbox)
    document = create(sandbox, passing("one"))
    parent = start(sandbox, create(sandbox, child(document)))
    wait_for(lambda: [each for each in sandbox.automation.executions() if each.parent_id == parent])
    sandbox.client("ssm", REGION).stop_automation_execution(AutomationExecutionId=parent)
    found = [each for each in sandbox.automation.executions() if each.document_name == document]
    signal(sandbox, other)
    sandbox.settle()
    assert {each.status for each in found} == {"Cancelled"}
    assert statuses(execution(sandbox, parent)) == {"child": "Cancelled"}
