"""The actions that wait for something: an approval, a property, another runbook, a function; and branches."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.automation import actions, approvals, unconfirmed
from sandbox.automation.execution import NO_OUTPUT
from sandbox.gateway import AwsError, Call
from sandbox.tests.deployments import ACCOUNT, REGION, allow, make_function, make_role, refused
from sandbox.tests.runbooks import (
    APPROVE,
    ROLE,
    TRUST,
    create,
    execution,
    output,
    passing,
    run,
    script,
    signal,
    start,
    status,
    statuses,
    step,
    wait_for,
    waiting,
)


@pytest.fixture(scope="module")
def sandbox(sandbox: Sandbox) -> Sandbox:
    start, follow = "ssm:StartAutomationExecution", "ssm:GetAutomationExecution"
    for name, actions_ in {
        "follower": [start, follow],
        "starter": [start],
        "invoker": ["lambda:InvokeFunction"],
        "idle": ["sts:GetCallerIdentity"],
    }.items():
        make_role(sandbox, "ssm", [allow(*actions_)], TRUST, name=name)
    return sandbox


# aws:branch


HERE, ELSEWHERE = ({"Variable": "a", "StringEquals": given} for given in ("a", "A"))


@pytest.mark.parametrize(
    ("choices", "properties", "followed"),
    [
        ([ELSEWHERE, {"Variable": "{{ global:REGION }}", "StringEquals": REGION}], {}, ["third"]),
        ([{"Not": ELSEWHERE}], {}, ["third"]),
        ([{"Not": {"Or": [ELSEWHERE, HERE]}}], {}, ["second"]),
        ([{"And": [HERE, ELSEWHERE]}], {}, ["second"]),
        ([ELSEWHERE], {"default": "third"}, ["third"]),
        ([ELSEWHERE], {}, ["second"]),
        ([ELSEWHERE], {"nextStep": "third"}, ["third"]),
        ([ELSEWHERE], {"isEnd": True}, []),
        ([HERE], {"isEnd": True}, ["third"]),
        ([ELSEWHERE], {"isEnd": True, "default": "second"}, ["second"]),
    ],
)
def test_what_follows_a_branch(
    sandbox: Sandbox, choices: list[dict[str, Any]], properties: dict[str, Any], followed: list[str]
) -> None:
    inputs: dict[str, Any] = {"Choices": [{**choice, "NextStep": "third"} for choice in choices]}
    inputs |= {"Default": properties["default"]} if "default" in properties else {}
    rest = {name: value for name, value in properties.items() if name != "default"}
    branch = step("branch", "branch", inputs, **rest)
    found = run(sandbox, branch, passing("second", isEnd=True), passing("third"))
    assert [name for name, each in statuses(found).items() if each == "Success"] == ["branch", *followed]


@pytest.mark.parametrize(("fails", "ended"), [(True, "Failed"), (False, "Success")])
def test_a_reference_without_a_value_fails_a_branch_or_is_literal_text(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, fails: bool, ended: str
) -> None:
    monkeypatch.setattr(unconfirmed, "NO_VALUE_FAILS_A_BRANCH", fails)
    none = script("return {}", "look", outputs=[output("Text", "$.Payload.text")])
    choices = [
        {"Variable": "{{ look.Text }}", "StringEquals": "fixed", "NextStep": "fixed"},
        {"Variable": "{{look.Text}}", "StringEquals": "{{ look.Text }}", "NextStep": "fixed"},
        {"Variable": "a {{ look.Text }}", "StringEquals": "a {{ look.Text }}", "NextStep": "tell"},
    ]
    branch = step("branch", "branch", {"Choices": choices}, onFailure="step:tell")
    found = run(sandbox, none, branch, passing("fixed"), passing("tell"))
    assert statuses(found) == {"look": "Success", "branch": ended, "fixed": "Pending", "tell": "Success"}


# aws:approve


@pytest.mark.parametrize(
    ("kind", "properties", "ended", "steps"),
    [
        ("Approve", {}, "Success", ["Success", "Success", "Success"]),
        ("Reject", {}, "Failed", ["Failed", "Pending", "Pending"]),
        ("Reject", {"onFailure": "Continue"}, "Success", ["Failed", "Pending", "Pending"]),
        (
            "Reject",
            {"onFailure": "step:end", "isCritical": False},
            "Success",
            ["Failed", "Pending", "Success"],
        ),
    ],
)
def test_what_follows_an_answer(
    sandbox: Sandbox, kind: str, properties: dict[str, Any], ended: str, steps: list[str]
) -> None:
    ask = step("approve", "ask", APPROVE, **properties)
    execution_id = waiting(sandbox, ask, passing("act"), passing("end"))
    signal(sandbox, execution_id, kind)
    sandbox.settle()
    found = execution(sandbox, execution_id)
    assert (found["AutomationExecutionStatus"], list(statuses(found).values())) == (ended, steps)
    with refused("AutomationStepNotFoundException"):
        signal(sandbox, execution_id)


def test_an_approval_times_out(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approvals, "LONGEST_WAIT", 0.1)
    found = run(sandbox, step("approve", "ask", APPROVE, timeoutSeconds=3600))
    assert statuses(found) == {"ask": "TimedOut"}


def test_an_execution_can_be_stopped_until_it_has_ended(sandbox: Sandbox) -> None:
    execution_id, ssm = waiting(sandbox), sandbox.client("ssm", REGION)
    for kind, named in (("Resume", "signal Resume"), ("StartStep", "signal StartStep")):
        with refused(f"does not model the {named}"):
            signal(sandbox, execution_id, kind)
    with refused("does not model the type Complete"):
        ssm.stop_automation_execution(AutomationExecutionId=execution_id, Type="Complete")
    ssm.stop_automation_execution(AutomationExecutionId=execution_id)
    sandbox.settle()
    assert status(sandbox, execution_id) == "Cancelled"
    with refused("InvalidAutomationStatusUpdateException"):
        ssm.stop_automation_execution(AutomationExecutionId=execution_id)


# aws:waitForAwsResourceProperty


@pytest.fixture
def machine(sandbox: Sandbox) -> str:
    return sandbox.fleet.load([{"name": "web", "ping": "ConnectionLost"}], ACCOUNT, REGION)[0]


def looks(machine: str, **inputs: Any) -> dict[str, Any]:
    selector = {"PropertySelector": "$.InstanceInformationList[0].PingStatus", "DesiredValues": ["Online"]}
    filters = [{"Key": "InstanceIds", "Values": [machine]}]
    call = {"Service": "ssm", "Api": "DescribeInstanceInformation", "Filters": filters}
    return step("waitForAwsResourceProperty", inputs={**call, **selector, **inputs})


@pytest.mark.parametrize("is_registered", [True, False])
def test_it_waits_until_a_property_has_a_desired_value(
    sandbox: Sandbox, machine: str, is_registered: bool
) -> None:
    if not is_registered:  # then the property is not there yet
        sandbox.fleet.deregister(machine)
    looked = threading.Event()
    sandbox.gateway.before["ssm", "DescribeInstanceInformation"].append(lambda _: looked.set())
    execution_id = start(sandbox, create(sandbox, looks(machine), passing("last")))
    looked.wait(60)
    assert status(sandbox, execution_id) == "InProgress"
    (sandbox.fleet.recover if is_registered else sandbox.fleet.register)(machine)
    sandbox.settle()
    assert status(sandbox, execution_id) == "Success"


@pytest.mark.parametrize("seconds", [1, 540])
def test_a_wait_in_vain_times_out(
    sandbox: Sandbox, machine: str, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    monkeypatch.setattr(actions, "LONGEST_POLLING", 1)
    found = run(sandbox, {**looks(machine), "timeoutSeconds": seconds})
    assert found["AutomationExecutionStatus"] == "TimedOut"
    assert f"did not end within {seconds} seconds" in found["FailureMessage"]


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({}, "AccessDeniedException"),
        ({"Api": "DescribeNothing"}, "no API DescribeNothing"),
        ({"Service": "sts", "Api": "GetCallerIdentity", "PropertySelector": "$"}, "selects no text"),
    ],
)
def test_a_look_that_fails_fails_its_step(
    sandbox: Sandbox, machine: str, inputs: dict[str, Any], text: str
) -> None:
    step_ = looks(machine, **inputs)
    if "Service" in inputs:
        del step_["inputs"]["Filters"]
    assert text in run(sandbox, step_, assumeRole=f"{ROLE}/idle")["FailureMessage"]


# aws:executeAutomation


def child(document: str, **inputs: Any) -> dict[str, Any]:
    return step("executeAutomation", "Child", {"DocumentName": document, **inputs})


def says(sandbox: Sandbox, code: str) -> str:
    """A runbook with an output, whose only step runs the code."""
    declared = [output("Said", "$.Payload", "StringList")]
    say = script(code, "Say", {"Words": "{{ Words }}"}, outputs=declared)
    parameters = {"Words": {"type": "StringList", "default": []}}
    return create(sandbox, say, parameters=parameters, outputs=["Say.Said"])


def test_a_runbook_s_outputs_are_those_of_the_step_that_ran_it(sandbox: Sandbox) -> None:
    name = says(sandbox, 'return ["hello", *events["Words"]]')
    found = run(
        sandbox,
        child(name, RuntimeParameters={"Words": ["you", "there"]}),
        script('return events["Output"]', payload={"Output": "{{ Child.Output }}"}),
    )
    outputs = found["StepExecutions"]["Child"]["Outputs"]
    assert (outputs["Output"], outputs["Status"]) == (["hello", "you", "there"], ["Success"])
    said = found["StepExecutions"]["run"]["Outputs"]["OutputPayload"]
    assert said == ['{"Payload":["hello","you","there"]}']
    parent = found["AutomationExecutionId"]
    answer = sandbox.client("ssm", REGION).describe_automation_executions(
        Filters=[{"Key": "ParentExecutionId", "Values": [parent]}]
    )
    [shown] = answer["AutomationExecutionMetadataList"]
    assert (shown["DocumentName"], shown["ParentAutomationExecutionId"]) == (name, parent)


def test_a_runbook_that_fails_fails_the_step(sandbox: Sandbox) -> None:
    message = run(sandbox, child(says(sandbox, "raise ValueError('no')")))["FailureMessage"]
    assert all(part in message for part in ("ended as Failed", "ValueError - no"))
    message = run(sandbox, child(says(sandbox, "return []"), MaxConcurrency="1"))["FailureMessage"]
    assert "does not model ['MaxConcurrency'] of aws:executeAutomation" in message


def test_one_that_takes_longer_than_the_step_may_is_cancelled(sandbox: Sandbox) -> None:
    name = says(sandbox, "import time; time.sleep(60)")
    found = run(sandbox, {**child(name), "timeoutSeconds": 1})
    assert statuses(found) == {"Child": "TimedOut"}
    [cancelled] = [each for each in sandbox.automation.executions() if each.document_name == name]
    assert cancelled.status == "Cancelled"


@pytest.mark.parametrize(
    ("role", "ended"), [("follower", "Success"), ("starter", "Failed"), ("idle", "Failed")]
)
def test_it_is_started_with_the_rights_of_the_parent_s_role(sandbox: Sandbox, role: str, ended: str) -> None:
    found = run(sandbox, child(create(sandbox, passing("one"))), assumeRole=f"{ROLE}/{role}")
    assert statuses(found) == {"Child": ended}


# aws:invokeLambdaFunction

HANDLER = """
import time

def handler(event, context):
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "error" in event:
        raise ValueError(event["error"])
    if "bytes" in event:
        return "x" * event["bytes"]
    return {"text": "hello", "event": event, "lines": ["a | b", "c"]}
"""
OUTPUTS = [
    output("Text", "$.Payload.text"),
    output("Lines", "$.Payload.lines", "StringList"),
    output("Event", "$.Payload.event", "StringMap"),
    output("Gone", "$.Payload.gone"),
]


@pytest.fixture(scope="module")
def function(sandbox: Sandbox) -> str:
    return make_function(sandbox, HANDLER)


def invoke(function: str, timeout: int = 300, **inputs: Any) -> dict[str, Any]:
    inputs = {"FunctionName": function, "InputPayload": {}, **inputs}
    return step("invokeLambdaFunction", inputs=inputs, outputs=OUTPUTS, timeoutSeconds=timeout)


def invoked(sandbox: Sandbox, step_: dict[str, Any], role: str = "invoker") -> dict[str, Any]:
    """The step after its execution has ended."""
    result: dict[str, Any] = run(sandbox, step_, assumeRole=f"{ROLE}/{role}")["StepExecutions"]["run"]
    return result


def test_outputs_are_selected_from_the_answer(sandbox: Sandbox, function: str) -> None:
    found = invoked(sandbox, invoke(function, InputPayload={"a": ["b", 1], "region": "{{ global:REGION }}"}))
    event, shown = {"a": ["b", 1], "region": REGION}, found["Outputs"]
    assert (shown["Text"], shown["Lines"], shown["StatusCode"]) == (["hello"], ["a | b", "c"], ["200"])
    assert json.loads(shown["Event"][0]) == event
    assert json.loads(shown["Payload"][0])["text"] == "hello"
    assert json.loads(shown["OutputPayload"][0])["Payload"]["event"] == event
    assert not {"Gone", "FunctionError"} & set(shown)


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"FunctionName": "missing"}, "ResourceNotFoundException"),
        ({"InvocationType": "Event"}, "does not model ['InvocationType']"),
        ({"InputPayload": "{{ global:REGION }}"}, f"The InputPayload {REGION} is no map"),
        ({"InputPayload": {"bytes": 200_001}}, "more than 200 KB"),
        ({"role": "idle"}, "lambda:InvokeFunction"),
    ],
)
def test_a_call_that_is_refused_fails_its_step(
    sandbox: Sandbox, function: str, inputs: dict[str, Any], text: str
) -> None:
    given = {name: value for name, value in inputs.items() if name != "role"}
    found = invoked(sandbox, invoke(**{"function": function, **given}), role=inputs.get("role", "invoker"))
    assert found["StepStatus"] == "Failed"
    assert text in found["FailureMessage"]


def test_an_error_of_the_function_fails_the_step_or_is_an_output(
    sandbox: Sandbox, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = invoke(function, InputPayload={"error": "no"})
    found = invoked(sandbox, failing)
    assert found["StepStatus"] == "Failed"
    assert all(text in found["FailureMessage"] for text in ("The function failed: Unhandled", "ValueError"))
    assert found["Outputs"] == {each["Name"]: [NO_OUTPUT] for each in OUTPUTS}
    monkeypatch.setattr(unconfirmed, "FUNCTION_ERROR_FAILS_ITS_STEP", False)
    found = invoked(sandbox, failing)
    assert (found["StepStatus"], found["Outputs"]["FunctionError"]) == ("Success", ["Unhandled"])
    assert json.loads(found["Outputs"]["Payload"][0])["errorType"] == "ValueError"
    assert "Text" not in found["Outputs"]


@pytest.mark.parametrize(("seconds", "most"), [(1, actions.LAMBDA_SECONDS), (900, 1)])
def test_a_function_that_takes_too_long_times_out(
    sandbox: Sandbox, function: str, monkeypatch: pytest.MonkeyPatch, seconds: int, most: int
) -> None:
    monkeypatch.setattr(actions, "LAMBDA_SECONDS", most)
    found = invoked(sandbox, invoke(function, timeout=seconds, InputPayload={"sleep": 2}))
    assert found["StepStatus"] == "TimedOut"


def test_a_stop_does_not_wait_for_a_function(sandbox: Sandbox, function: str) -> None:
    execution_id = start(sandbox, create(sandbox, invoke(function, InputPayload={"sleep": 2})))
    wait_for(lambda: status(sandbox, execution_id) == "InProgress")
    sandbox.client("ssm", REGION).stop_automation_execution(AutomationExecutionId=execution_id)
    sandbox.settle()
    found = execution(sandbox, execution_id)
    assert found["AutomationExecutionStatus"] == "Cancelled"
    assert "Success" not in str(found["StepExecutions"])


@contextmanager
def throttling(sandbox: Sandbox, *operation: str, times: int, code: str) -> Iterator[list[str]]:
    """Refuse as many calls of an operation, and tell of those that came."""
    came: list[str] = []

    def refuse(_call: Call) -> None:
        came.append(code)
        if len(came) <= times:
            raise AwsError(code, "Rate exceeded")

    hooks = sandbox.gateway.before[operation[0], operation[1]]
    hooks.append(refuse)
    try:
        yield came
    finally:
        hooks.remove(refuse)


@pytest.mark.parametrize(
    ("times", "code", "limit", "timeout", "ended", "calls"),
    [
        (3, "TooManyRequestsException", 3600, 300, "Success", 4),
        (3, "ThrottlingException", 3600, 300, "Success", 4),
        (99, "TooManyRequestsException", 3600, 3600, "Failed", 12),  # 1 + 2 + … + 1024 seconds
        (99, "TooManyRequestsException", 3600, 300, "TimedOut", 9),
        (99, "TooManyRequestsException", 0, 300, "Failed", 1),
        (99, "ServiceException", 3600, 300, "Failed", 1),
    ],
)
def test_a_throttled_call_is_repeated(
    sandbox: Sandbox,
    function: str,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
    code: str,
    limit: int,
    timeout: int,
    ended: str,
    calls: int,
) -> None:
    monkeypatch.setattr(actions, "THROTTLING_RETRY_SECONDS", limit)
    with throttling(sandbox, "lambda", "Invoke", times=times, code=code) as came:
        found = invoked(sandbox, invoke(function, timeout=timeout))
    assert (found["StepStatus"], len(came)) == (ended, calls)
    assert ended == "Success" or code in found["FailureMessage"]


def test_other_calls_are_repeated_too_but_not_those_of_scripts(sandbox: Sandbox) -> None:
    call = step("executeAwsApi", inputs={"Service": "sts", "Api": "GetCallerIdentity"})
    code = "import boto3\nfrom botocore.config import Config\n"
    code += "once = Config(retries={'total_max_attempts': 1})\n"
    code += "boto3.client('sts', config=once).get_caller_identity()"
    for step_, ended, calls in ((call, "Success", 3), (script(code), "Failed", 1)):
        with throttling(sandbox, "sts", "GetCallerIdentity", times=2, code="ThrottlingException") as came:
            assert (run(sandbox, step_)["AutomationExecutionStatus"], len(came)) == (ended, calls)
