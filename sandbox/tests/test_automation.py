from __future__ import annotations

import json
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.automation.execution import NO_OUTPUT
from sandbox.tests.deployments import ACCOUNT, allow, make_role

REGION = "eu-west-1"
TRUST = {
    "StringEquals": {"aws:SourceAccount": ACCOUNT},
    "ArnLike": {"aws:SourceArn": f"arn:aws:ssm:*:{ACCOUNT}:automation-execution/*"},
}


@pytest.fixture(scope="module")
def sandbox(sandbox: Sandbox) -> Sandbox:
    sandbox.fleet.load([{"name": "web", "count": 3}], ACCOUNT, REGION)
    make_role(sandbox, "ssm", [allow("ec2:DescribeInstances")], TRUST, name="runbook")
    make_role(sandbox, "ec2", [], TRUST, name="other")
    return sandbox


def script(code: str, name: str = "run", payload: Any = None, **properties: Any) -> dict[str, Any]:
    body = "".join(f"    {line}\n" for line in code.splitlines())
    inputs = {"Runtime": "python3.11", "Handler": "main", "Script": f"def main(events, context):\n{body}"}
    inputs |= {"InputPayload": payload} if payload is not None else {}
    return {"name": name, "action": "aws:executeScript", "inputs": inputs, **properties}


def step(action: str, name: str = "run", inputs: Any = None, **properties: Any) -> dict[str, Any]:
    return {"name": name, "action": f"aws:{action}", "inputs": inputs or {}, **properties}


def output(name: str, selector: str, kind: str = "String") -> dict[str, str]:
    return {"Name": name, "Selector": selector, "Type": kind}


def create(sandbox: Sandbox, *steps: dict[str, Any], **properties: Any) -> str:
    name = f"document-{uuid.uuid4()}"
    content = yaml.safe_dump(
        {"schemaVersion": "0.3", "mainSteps": list(steps), **properties}, sort_keys=False
    )
    sandbox.client("ssm", REGION).create_document(
        Name=name, DocumentType="Automation", DocumentFormat="YAML", Content=content
    )
    return name


def start(sandbox: Sandbox, document: str, **arguments: Any) -> str:
    given = {key: value for key, value in arguments.items() if value}
    answer = sandbox.client("ssm", REGION).start_automation_execution(DocumentName=document, **given)
    return str(answer["AutomationExecutionId"])


def execution(sandbox: Sandbox, execution_id: str) -> dict[str, Any]:
    answer = sandbox.client("ssm", REGION).get_automation_execution(AutomationExecutionId=execution_id)
    found: dict[str, Any] = answer["AutomationExecution"]
    return found


def run(sandbox: Sandbox, *steps: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """The finished execution; `StepExecutions` by name."""
    given = properties.pop("given", {})
    execution_id = start(sandbox, create(sandbox, *steps, **properties), Parameters=given)
    sandbox.settle()
    found = execution(sandbox, execution_id)
    found["StepExecutions"] = {entry["StepName"]: entry for entry in found["StepExecutions"]}
    return found


def statuses(found: dict[str, Any]) -> dict[str, str]:
    return {name: entry["StepStatus"] for name, entry in found["StepExecutions"].items()}


def refusal(sandbox: Sandbox, document: str, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        start(sandbox, document, **arguments)
    return str(refused.value)


# Documents


def test_a_refused_document_is_not_created(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match=r"InvalidDocumentContent.*unknown action 'aws:dance'"):
        create(sandbox, step("dance"))


def test_a_refused_update_changes_nothing(sandbox: Sandbox) -> None:
    name = create(sandbox, script("return {}"))
    with pytest.raises(ClientError, match="InvalidDocumentContent"):
        sandbox.client("ssm", REGION).update_document(
            Name=name, DocumentFormat="JSON", DocumentVersion="$LATEST", Content='{"schemaVersion": "0.3"}'
        )
    assert sandbox.client("ssm", REGION).describe_document(Name=name)["Document"]["LatestVersion"] == "1"


def test_the_default_version_runs_unless_another_is_asked_for(sandbox: Sandbox) -> None:
    name = create(sandbox, script("return 1", outputs=[output("Number", "$.Payload", "Integer")]))
    content = {"schemaVersion": "0.3", "mainSteps": [script("return 2")]}
    sandbox.client("ssm", REGION).update_document(
        Name=name, DocumentFormat="JSON", DocumentVersion="$LATEST", Content=json.dumps(content)
    )
    versions = {
        version: start(sandbox, name, DocumentVersion=version) for version in ("", "$DEFAULT", "$LATEST", "2")
    }
    sandbox.settle()
    ran = {version: execution(sandbox, entry)["DocumentVersion"] for version, entry in versions.items()}
    assert ran == {"": "1", "$DEFAULT": "1", "$LATEST": "2", "2": "2"}
    assert "AutomationDefinitionVersionNotFoundException" in refusal(sandbox, name, DocumentVersion="7")


# Starting


@pytest.mark.parametrize("name", ["missing", "AWSSupport-TroubleshootManagedInstance"])
def test_a_document_that_is_not_there_cannot_be_started(sandbox: Sandbox, name: str) -> None:
    text = refusal(sandbox, name)
    assert "AutomationDefinitionNotFoundException" in text
    assert name in text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "required parameter Team is missing"),
        ({"Team": ["a"], "Colour": ["red"]}, "no parameter Colour"),
        ({"Team": ["c"]}, "none of the allowed values"),
        ({"Team": ["a", "b"]}, "is no String"),
        ({"Team": ["a"], "Count": ["many"]}, "is no Integer"),
        ({"Team": ["a"], "Letters": ["a", "b", "12"]}, "does not match the allowed pattern"),
    ],
)
def test_wrong_parameters_are_refused(sandbox: Sandbox, given: dict[str, list[str]], text: str) -> None:
    parameters = {
        "Team": {"type": "String", "allowedValues": ["a", "b"]},
        "Count": {"type": "Integer", "default": 1},
        "Letters": {"type": "StringList", "default": ["a"], "allowedPattern": "[a-z]"},
    }
    name = create(sandbox, script("return {}"), parameters=parameters)
    message = refusal(sandbox, name, Parameters=given)
    assert "InvalidAutomationExecutionParametersException" in message
    assert text in message


@pytest.mark.parametrize("values", [["x" * 513], [""], ["x"] * 51])
def test_values_have_1_to_512_characters_and_there_are_50_at_most(
    sandbox: Sandbox, values: list[str]
) -> None:
    name = create(sandbox, script("return {}"), parameters={"Names": {"type": "StringList"}})
    client = sandbox.client("ssm", REGION)
    client._serializer = client._serializer._serializer  # else boto3 itself refuses the empty value
    with pytest.raises(ClientError, match="ValidationException"):
        client.start_automation_execution(DocumentName=name, Parameters={"Names": values})


@pytest.mark.parametrize(
    "role", [f"arn:aws:iam::{ACCOUNT}:role/other", f"arn:aws:iam::{ACCOUNT}:role/none", "me"]
)
def test_a_role_that_cannot_be_assumed_is_refused(sandbox: Sandbox, role: str) -> None:
    name = create(sandbox, script("return {}"), assumeRole=role)
    text = refusal(sandbox, name)
    assert "InvalidAutomationExecutionParametersException" in text
    assert "ssume role" in text


# References


def test_references_keep_their_type_or_become_text(sandbox: Sandbox) -> None:
    parameters = {
        "Names": {"type": "StringList"},
        "Count": {"type": "Integer", "default": 3},
        "Options": {"type": "StringMap", "default": {"a": "b"}},
        "Quiet": {"type": "Boolean", "default": True},
    }
    payload = {
        "names": "{{ Names }}",
        "count": "{{Count}}",
        "options": "{{ Options }}",
        "quiet": "{{ Quiet }}",
        "text": "{{ Names }} {{ Count }} {{ Options }} {{ Quiet }}",
        "where": "{{ global:REGION }} {{ global:ACCOUNT_ID }} {{ global:AWS_PARTITION }}",
        "date": "{{ global:DATE }}",
        "time": "{{ global:DATE_TIME }}",
        "id": "{{ automation:EXECUTION_ID }}",
    }
    step_ = script("return events", payload=payload, outputs=[output("All", "$.Payload", "StringMap")])
    given = {"Names": ["x", "{{ Count }}"]}
    found = run(sandbox, step_, parameters=parameters, given=given, outputs=["run.All"])
    events = json.loads(found["Outputs"]["run.All"][0])
    assert events["names"] == ["x", "{{ Count }}"]
    assert (events["count"], events["options"], events["quiet"]) == (3, {"a": "b"}, True)
    assert events["text"] == '["x","{{ Count }}"] 3 {"a":"b"} true'
    assert events["where"] == f"{REGION} {ACCOUNT} aws"
    assert events["time"][:10] == events["date"] == f"{found['ExecutionStartTime']:%Y-%m-%d}"
    assert events["time"][10:].count(".") == 2
    assert events["id"] == found["AutomationExecutionId"]


def test_a_reference_without_a_value_fails_its_step(sandbox: Sandbox) -> None:
    found = run(
        sandbox,
        script("return {}", name="first", outputs=[output("Text", "$.Payload.text")]),
        script("return {}", name="second", payload={"text": "{{ first.Text }}"}),
        outputs=["first.Text"],
    )
    assert statuses(found) == {"first": "Success", "second": "Failed"}
    failed = found["StepExecutions"]["second"]
    assert "Failed to resolve input: first.Text" in failed["FailureMessage"]
    assert "Validating and resolving the step inputs" in failed["FailureMessage"]
    assert found["FailureMessage"] == failed["FailureMessage"]
    assert found["Outputs"] == {"first.Text": [NO_OUTPUT]}


@pytest.mark.parametrize(
    ("code", "shown"),
    [("return {'text': 'x'}", ["x"]), ("return {}", None), ("raise ValueError", [NO_OUTPUT])],
)
def test_a_step_without_success_says_that_it_has_no_outputs(
    sandbox: Sandbox, code: str, shown: list[str] | None
) -> None:
    declared = [output("Text", "$.Payload.text")]
    found = run(
        sandbox,
        script(code, "first", outputs=declared, isEnd=True),
        script("return ''", "never", outputs=declared),
    )
    steps = found["StepExecutions"]
    assert steps["first"]["Outputs"].get("Text") == shown
    assert steps["never"]["Outputs"] == {}


# Scripts


def test_a_script_has_the_roles_credentials_and_nothing_of_the_caller(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "MY_TOKEN"):
        monkeypatch.setenv(name, "the callers own")
    code = """import boto3, os
who = boto3.client("sts").get_caller_identity()["Arn"]
machines = boto3.client("ec2").describe_instances()["Reservations"][0]["Instances"]
return {"who": who, "machines": len(machines), "environment": dict(os.environ)}"""
    step_ = script(code, outputs=[output("All", "$.Payload", "StringMap")])
    role = f"arn:aws:iam::{ACCOUNT}:role/runbook"
    found = run(sandbox, step_, outputs=["run.All"], assumeRole=role)
    result = json.loads(found["Outputs"]["run.All"][0])
    assert result["who"].endswith(f"assumed-role/runbook/Automation-{found['AutomationExecutionId']}")
    assert result["machines"] == 3
    assert "MY_TOKEN" not in result["environment"]
    assert "the callers own" not in result["environment"].values()


def test_a_script_may_do_what_the_role_may(sandbox: Sandbox) -> None:
    code = 'import boto3\nboto3.client("ec2").stop_instances(InstanceIds=[events["id"]])'
    role = f"arn:aws:iam::{ACCOUNT}:role/runbook"
    found = run(sandbox, script(code, payload={"id": sandbox.fleet.ids()[0]}), assumeRole=role)
    assert found["AutomationExecutionStatus"] == "Failed"
    assert "UnauthorizedOperation" in found["FailureMessage"]
    assert "ec2:StopInstances" in found["FailureMessage"]


def test_a_script_has_the_time_of_the_sandbox(sandbox: Sandbox) -> None:
    sandbox.clock.move(timedelta(days=1))
    code = "import datetime\nreturn datetime.datetime.now(datetime.UTC).isoformat()"
    found = run(sandbox, script(code, outputs=[output("now", "$.Payload")]))
    [shown] = found["StepExecutions"]["run"]["Outputs"]["now"]
    assert abs(sandbox.clock.now() - datetime.fromisoformat(shown)) < timedelta(minutes=5)


def test_an_error_in_a_script_is_shown_with_its_line(sandbox: Sandbox) -> None:
    found = run(sandbox, script("return events['missing']", payload={}))
    assert found["FailureMessage"].startswith(
        "Step fails when it is Poll action status for completion. Traceback"
    )
    assert "line 2, in main" in found["FailureMessage"]
    assert "KeyError - 'missing'" in found["FailureMessage"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("return object()", "not JSON serializable"),
        ("return 'x' * 100_001", "more than 100 KB"),
        ("import sys\nsys.exit(3)", "SystemExit - 3"),
        ("import os\nprint('last words', flush=True)\nos._exit(3)", "last words"),
    ],
)
def test_a_script_without_a_fit_result_fails(sandbox: Sandbox, code: str, text: str) -> None:
    assert text in run(sandbox, script(code))["FailureMessage"]


def test_a_script_that_takes_too_long_times_out(sandbox: Sandbox) -> None:
    found = run(sandbox, script("import time\ntime.sleep(30)", timeoutSeconds=1))
    assert statuses(found) == {"run": "TimedOut"}
    assert found["AutomationExecutionStatus"] == "TimedOut"


# API calls, and outputs


def api(name: str = "run", outputs: Any = (), **inputs: Any) -> dict[str, Any]:
    inputs = {"Service": "ec2", "Api": "DescribeInstances", **inputs}
    return step("executeAwsApi", name, inputs, outputs=list(outputs))


def test_an_api_call_selects_outputs_of_every_type(sandbox: Sandbox) -> None:
    instance = "$.Reservations[0].Instances[0]"
    outputs = [
        output("Id", f"{instance}.InstanceId"),
        output("Ids", "$.Reservations..Instances..InstanceId", "StringList"),
        output("Code", f"{instance}.State.Code", "Integer"),
        output("Optimized", f"{instance}.EbsOptimized", "Boolean"),
        output("State", f"{instance}.State", "StringMap"),
        output("Tags", f"{instance}.Tags", "MapList"),
        output("Name", f"{instance}.Tags[?(@.Key == 'Name')].Value", "StringList"),
        output("Quoted", f"{instance}['State']['Name']"),
        output("None", f"{instance}.Absent"),
    ]
    names = [f"run.{entry['Name']}" for entry in outputs]
    found = run(sandbox, api(outputs=outputs, InstanceIds=sandbox.fleet.ids()), outputs=names)
    first = sandbox.fleet.ids()[0]
    shown = {name.removeprefix("run."): value for name, value in found["Outputs"].items()}
    assert (shown["Id"], shown["Ids"]) == ([first], sandbox.fleet.ids())
    assert (shown["Code"], shown["Optimized"]) == (["16"], ["false"])
    assert json.loads(shown["State"][0]) == {"Code": 16, "Name": "running"}
    assert json.loads(shown["Tags"][0]) == {"Key": "Name", "Value": "web-1"}
    assert (shown["Name"], shown["Quoted"]) == (["web-1"], ["running"])
    assert "None" not in found["StepExecutions"]["run"]["Outputs"]
    assert "OutputPayload" in found["StepExecutions"]["run"]["Outputs"]
    assert json.loads(found["StepExecutions"]["run"]["Inputs"]["Api"]) == "DescribeInstances"


def test_an_api_may_be_named_as_boto3_names_it(sandbox: Sandbox) -> None:
    assert run(sandbox, api(Api="describe_instances"))["AutomationExecutionStatus"] == "Success"


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"Service": "ec3"}, "Unknown service: 'ec3'"),
        ({"Api": "DescribeNothing"}, "no API DescribeNothing"),
        ({"InstanceIds": "not a list"}, "Parameter validation failed"),
        ({"InstanceIds": ["i-0123456789abcdef0"]}, "InvalidInstanceID.NotFound"),
        ({"Api": "DescribeVpcs"}, "ec2:DescribeVpcs"),
    ],
)
def test_an_api_call_that_fails_fails_its_step(sandbox: Sandbox, inputs: dict[str, Any], text: str) -> None:
    found = run(sandbox, api(**inputs), assumeRole=f"arn:aws:iam::{ACCOUNT}:role/runbook")
    assert text in found["FailureMessage"]


def test_an_output_of_another_type_fails_its_step(sandbox: Sandbox) -> None:
    found = run(sandbox, script("return 5", outputs=[output("Text", "$.Payload")]))
    assert "The output Text is 5, which is no String" in found["FailureMessage"]


# Sleeping, and the order of steps


def test_a_long_sleep_is_short_here(sandbox: Sandbox) -> None:
    found = run(sandbox, step("sleep", inputs={"Duration": "PT10M"}))
    assert statuses(found) == {"run": "Success"}
    assert found["ExecutionEndTime"] - found["ExecutionStartTime"] < timedelta(seconds=10)


def test_a_sleep_longer_than_its_timeout_times_out(sandbox: Sandbox) -> None:
    found = run(sandbox, step("sleep", inputs={"Duration": "PT1H"}, timeoutSeconds=1))
    assert statuses(found) == {"run": "TimedOut"}


def test_a_sleep_until_a_time_is_an_error_that_names_it(sandbox: Sandbox) -> None:
    found = run(sandbox, step("sleep", inputs={"Timestamp": "2020-01-01T01:00:00Z"}))
    assert "does not model the input Timestamp" in found["FailureMessage"]


def test_a_duration_that_is_none_fails_the_step(sandbox: Sandbox) -> None:
    assert "ISO 8601" in run(sandbox, step("sleep", inputs={"Duration": "10 minutes"}))["FailureMessage"]


def failing(name: str = "fails", **properties: Any) -> dict[str, Any]:
    return step("sleep", name, {"Duration": "never"}, **properties)


def passing(name: str, **properties: Any) -> dict[str, Any]:
    return step("sleep", name, {"Duration": "PT0S"}, **properties)


@pytest.mark.parametrize(
    ("properties", "later", "status"),
    [
        ({}, ("Pending", "Pending"), "Failed"),
        ({"onFailure": "Abort"}, ("Pending", "Pending"), "Failed"),
        ({"onFailure": "Continue"}, ("Success", "Success"), "Success"),
        ({"onFailure": "Continue", "isCritical": True}, ("Success", "Success"), "Failed"),
        ({"onFailure": "step:last"}, ("Pending", "Success"), "Failed"),
        ({"onFailure": "step:last", "isCritical": False}, ("Pending", "Success"), "Success"),
        ({"onFailure": "Continue", "nextStep": "last"}, ("Pending", "Success"), "Success"),
        ({"onFailure": "Continue", "isEnd": True}, ("Pending", "Pending"), "Success"),
    ],
)
def test_what_follows_a_failed_step(
    sandbox: Sandbox, properties: dict[str, Any], later: tuple[str, str], status: str
) -> None:
    found = run(sandbox, failing(**properties), passing("middle"), passing("last"))
    assert statuses(found) == {"fails": "Failed", "middle": later[0], "last": later[1]}
    assert found["AutomationExecutionStatus"] == status


def test_next_step_and_is_end_set_the_order(sandbox: Sandbox) -> None:
    found = run(
        sandbox,
        passing("one", nextStep="three"),
        passing("two"),
        passing("three", isEnd=True),
        passing("four"),
    )
    assert statuses(found) == {"one": "Success", "two": "Pending", "three": "Success", "four": "Pending"}


def test_a_document_that_goes_round_in_circles_ends(sandbox: Sandbox) -> None:
    found = run(sandbox, passing("one"), passing("two", nextStep="one"))
    assert found["AutomationExecutionStatus"] == "Failed"


def test_a_step_is_tried_again(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> None:
    counter = tmp_path_factory.mktemp("tries") / "counter"
    code = """from pathlib import Path
file = Path(events["file"])
file.write_text(file.read_text() + "x" if file.exists() else "x")
assert len(file.read_text()) == 3, "too early" """
    found = run(sandbox, script(code, payload={"file": str(counter)}, maxAttempts=3))
    assert found["AutomationExecutionStatus"] == "Success"
    assert counter.read_text() == "xxx"
    assert "FailureMessage" not in found["StepExecutions"]["run"]


def test_an_action_that_is_not_modelled_fails_its_step_by_name(sandbox: Sandbox) -> None:
    command = step("runCommand", inputs={"DocumentName": "AWS-RunShellScript"})
    found = run(sandbox, command, passing("last"))
    assert "does not model the action aws:runCommand." in found["FailureMessage"]
    assert statuses(found) == {"run": "Failed", "last": "Pending"}


# Ending, and reading


def test_what_still_runs_ends_with_the_sandbox(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Sandbox(tmp_path_factory.mktemp("account")) as sandbox:
        name = create(sandbox, script("import time\ntime.sleep(30)"), passing("never"))
        started = time.monotonic()
        start(sandbox, name)
    assert time.monotonic() - started < 10
    [cancelled] = sandbox.automation.executions()
    assert cancelled.status == "Cancelled"
    assert cancelled.steps["never"].status == "Pending"


def test_an_unknown_execution_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="AutomationExecutionNotFoundException"):
        execution(sandbox, str(uuid.uuid4()))


def test_executions_are_listed_newest_first_and_in_pages(sandbox: Sandbox) -> None:
    name = create(sandbox, passing("one"))
    ids = [start(sandbox, name) for _ in range(3)]
    sandbox.settle()
    client = sandbox.client("ssm", REGION)
    pages = client.get_paginator("describe_automation_executions").paginate(PaginationConfig={"PageSize": 2})
    listed = [
        entry["AutomationExecutionId"] for page in pages for entry in page["AutomationExecutionMetadataList"]
    ]
    assert listed[:3] == ids[::-1]


def test_steps_of_an_execution_are_listed_in_pages(sandbox: Sandbox) -> None:
    found = run(sandbox, failing(onFailure="Continue"), passing("last"))
    pages = sandbox.client("ssm", REGION).get_paginator("describe_automation_step_executions")
    steps = [
        entry
        for page in pages.paginate(
            AutomationExecutionId=found["AutomationExecutionId"], PaginationConfig={"PageSize": 1}
        )
        for entry in page["StepExecutions"]
    ]
    assert [entry["StepName"] for entry in steps] == ["fails", "last"]


def test_a_step_may_read_its_own_execution(sandbox: Sandbox) -> None:
    inputs = {
        "Service": "ssm",
        "Api": "DescribeAutomationStepExecutions",
        "AutomationExecutionId": "{{ automation:EXECUTION_ID }}",
    }
    look = step(
        "executeAwsApi",
        "look",
        inputs,
        outputs=[output("Statuses", "$.StepExecutions..StepStatus", "StringList")],
    )
    found = run(sandbox, failing(onFailure="Continue"), look, outputs=["look.Statuses"])
    assert found["Outputs"]["look.Statuses"] == ["Failed", "InProgress"]


def test_executions_can_be_looked_at_from_python(sandbox: Sandbox) -> None:
    found = run(sandbox, passing("one"))
    assert sandbox.automation.executions(ACCOUNT, REGION)[-1].id == found["AutomationExecutionId"]
    assert sandbox.automation.executions(ACCOUNT, "us-east-1") == []
