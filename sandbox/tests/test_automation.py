import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.automation.execution import NO_OUTPUT
from sandbox.tests.deployments import ACCOUNT, REGION, allow, make_role, refused
from sandbox.tests.runbooks import (
    ROLE,
    TRUST,
    create,
    execution,
    failing,
    output,
    passing,
    run,
    script,
    start,
    statuses,
    step,
)


@pytest.fixture(scope="module")
def sandbox(sandbox: Sandbox) -> Sandbox:
    sandbox.fleet.load([{"name": "web", "count": 3}], ACCOUNT, REGION)
    make_role(sandbox, "ssm", [allow("ec2:DescribeInstances")], TRUST, name="runbook")
    make_role(sandbox, "ec2", [], TRUST, name="other")
    return sandbox


def test_the_default_version_runs_unless_another_is_asked_for(sandbox: Sandbox) -> None:
    name = create(sandbox, passing("one"))
    content = json.dumps({"schemaVersion": "0.3", "mainSteps": [passing("two")]})
    sandbox.client("ssm", REGION).update_document(
        Name=name, DocumentFormat="JSON", DocumentVersion="$LATEST", Content=content
    )
    versions = {each: start(sandbox, name, DocumentVersion=each) for each in ("", "$DEFAULT", "$LATEST", "2")}
    ran = {version: execution(sandbox, entry)["DocumentVersion"] for version, entry in versions.items()}
    assert ran == {"": "1", "$DEFAULT": "1", "$LATEST": "2", "2": "2"}
    with refused("AutomationDefinitionVersionNotFoundException"):
        start(sandbox, name, DocumentVersion="7")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "required parameter Team is missing"),
        ({"Team": ["a"], "Colour": ["red"]}, "no parameter Colour"),
        ({"Team": ["c"]}, "none of the allowed values"),
        ({"Team": ["a", "b"]}, "is no String"),
        ({"Team": ["a"], "Letters": ["a", "b", "12"]}, "does not match the allowed pattern"),
        ({"Letters": ["x" * 513]}, "ValidationException"),
        ({"Letters": ["x"] * 51}, "ValidationException"),
    ],
)
def test_wrong_parameters_are_refused(sandbox: Sandbox, given: dict[str, list[str]], text: str) -> None:
    parameters = {
        "Team": {"type": "String", "allowedValues": ["a", "b"]},
        "Letters": {"type": "StringList", "default": ["a"], "allowedPattern": "[a-z]"},
    }
    with refused(text if "Exception" in text else f"InvalidAutomationExecutionParametersException.*{text}"):
        start(sandbox, create(sandbox, script("return {}"), parameters=parameters), Parameters=given)


@pytest.mark.parametrize("role", [f"{ROLE}/other", f"{ROLE}/none", "me"])
def test_a_role_that_cannot_be_assumed_is_refused(sandbox: Sandbox, role: str) -> None:
    with refused("InvalidAutomationExecutionParametersException.*ssume role"):
        start(sandbox, create(sandbox, script("return {}"), assumeRole=role))


def test_references_keep_their_type_or_become_text(sandbox: Sandbox) -> None:
    kinds = {"Count": "Integer", "Options": "StringMap", "Quiet": "Boolean"}
    outputs = [output(name, f"$.Payload.{name}", kind) for name, kind in kinds.items()]
    first = script("return {'Count': 3, 'Options': {'a': 'b'}, 'Quiet': True}", "one", outputs=outputs)
    payload = {
        "names": "{{ Names }}",
        "count": "{{one.Count}}",
        "options": "{{ one.Options }}",
        "quiet": "{{ one.Quiet }}",
        "text": "{{ Names }} {{ one.Count }} {{ one.Options }} {{ one.Quiet }}",
        "where": "{{ global:REGION }} {{ global:ACCOUNT_ID }} {{ global:AWS_PARTITION }}",
        "date": "{{ global:DATE }}",
        "time": "{{ global:DATE_TIME }}",
        "id": "{{ automation:EXECUTION_ID }}",
    }
    second = script("return events", payload=payload, outputs=[output("All", "$.Payload", "StringMap")])
    given = {"Names": ["x", "{{ one.Count }}"]}
    parameters = {"Names": {"type": "StringList"}}
    found = run(sandbox, first, second, parameters=parameters, given=given, outputs=["run.All"])
    events = json.loads(found["Outputs"]["run.All"][0])
    date, time_ = events.pop("date"), events.pop("time")
    assert events == {
        "names": ["x", "{{ one.Count }}"],
        "count": 3,
        "options": {"a": "b"},
        "quiet": True,
        "text": '["x","{{ one.Count }}"] 3 {"a":"b"} true',
        "where": f"{REGION} {ACCOUNT} aws",
        "id": found["AutomationExecutionId"],
    }
    assert time_[:10] == date == f"{found['ExecutionStartTime']:%Y-%m-%d}"
    assert time_[10:].count(".") == 2


def test_a_reference_without_a_value_fails_its_step(sandbox: Sandbox) -> None:
    found = run(
        sandbox,
        script("return {}", name="first", outputs=[output("Text", "$.Payload.text")]),
        script("return {}", name="second", payload={"text": "{{ first.Text }}"}),
        outputs=["first.Text"],
    )
    assert statuses(found) == {"first": "Success", "second": "Failed"}
    assert "Validating and resolving the step inputs" in found["FailureMessage"]
    assert "Failed to resolve input: first.Text" in found["FailureMessage"]
    assert found["StepExecutions"]["second"]["FailureMessage"] == found["FailureMessage"]
    assert found["Outputs"] == {"first.Text": [NO_OUTPUT]}


@pytest.mark.parametrize(
    ("code", "shown"),
    [("return {'text': 'x'}", ["x"]), ("return {}", None), ("raise ValueError", [NO_OUTPUT])],
)
def test_a_step_without_success_says_that_it_has_no_outputs(
    sandbox: Sandbox, code: str, shown: list[str] | None
) -> None:
    declared = [output("Text", "$.Payload.text")]
    first = script(code, "first", outputs=declared, isEnd=True)
    steps = run(sandbox, first, script("return ''", "never", outputs=declared))["StepExecutions"]
    assert steps["first"]["Outputs"].get("Text") == shown
    assert steps["never"]["Outputs"] == {}


def test_a_script_has_the_roles_rights_and_nothing_of_the_caller(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "MY_TOKEN"):
        monkeypatch.setenv(name, "the callers own")
    sandbox.clock.move(timedelta(days=1))
    code = """import boto3, datetime, os
who = boto3.client("sts").get_caller_identity()["Arn"]
now = datetime.datetime.now(datetime.UTC).isoformat()
return {"who": who, "now": now, "environment": dict(os.environ)}"""
    step_ = script(code, outputs=[output("All", "$.Payload", "StringMap")])
    found = run(sandbox, step_, outputs=["run.All"], assumeRole=f"{ROLE}/runbook")
    result = json.loads(found["Outputs"]["run.All"][0])
    assert result["who"].endswith(f"assumed-role/runbook/Automation-{found['AutomationExecutionId']}")
    assert abs(sandbox.clock.now() - datetime.fromisoformat(result["now"])) < timedelta(minutes=5)
    assert "MY_TOKEN" not in result["environment"]
    assert "the callers own" not in result["environment"].values()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("return events['missing']", "Poll action status for completion. Traceback"),
        ("return events['missing']", "line 2, in main"),
        ("return events['missing']", "KeyError - 'missing'"),
        ("return object()", "not JSON serializable"),
        ("return 'x' * 100_001", "more than 100 KB"),
        ("return 5", "The output Text is 5, which is no String"),
        ("import sys\nsys.exit(3)", "SystemExit - 3"),
        ("import os\nprint('last words', flush=True)\nos._exit(3)", "last words"),
        ("import boto3\nboto3.client('ec2').stop_instances(InstanceIds=['i-1'])", "ec2:StopInstances"),
    ],
)
def test_a_script_without_a_fit_result_fails(sandbox: Sandbox, code: str, text: str) -> None:
    declared = [output("Text", "$.Payload")]
    found = run(sandbox, script(code, payload={}, outputs=declared), assumeRole=f"{ROLE}/runbook")
    assert text in found["FailureMessage"]


@pytest.mark.parametrize(
    "slow", [script("import time\ntime.sleep(30)"), step("sleep", inputs={"Duration": "PT1H"})]
)
def test_what_takes_too_long_times_out(sandbox: Sandbox, slow: dict[str, Any]) -> None:
    found = run(sandbox, slow | {"timeoutSeconds": 1})
    assert (statuses(found), found["AutomationExecutionStatus"]) == ({"run": "TimedOut"}, "TimedOut")


def api(outputs: Any = (), **inputs: Any) -> dict[str, Any]:
    inputs = {"Service": "ec2", "Api": "DescribeInstances", **inputs}
    return step("executeAwsApi", inputs=inputs, outputs=list(outputs))


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
    step_ = api(outputs, Api="describe_instances", InstanceIds=sandbox.fleet.ids())
    found = run(sandbox, step_)["StepExecutions"]["run"]
    shown = found["Outputs"]
    assert shown.pop("OutputPayload")
    assert json.loads(shown.pop("State")[0]) == {"Code": 16, "Name": "running"}
    assert json.loads(shown.pop("Tags")[0]) == {"Key": "Name", "Value": "web-1"}
    assert shown == {
        "Id": sandbox.fleet.ids()[:1],
        "Ids": sandbox.fleet.ids(),
        "Code": ["16"],
        "Optimized": ["false"],
        "Name": ["web-1"],
        "Quoted": ["running"],
    }
    assert json.loads(found["Inputs"]["Api"]) == "describe_instances"


@pytest.mark.parametrize(
    ("step_", "text"),
    [
        (api(Service="ec3"), "Unknown service: 'ec3'"),
        (api(Api="DescribeNothing"), "no API DescribeNothing"),
        (api(InstanceIds="not a list"), "Parameter validation failed"),
        (api(InstanceIds=["i-0123456789abcdef0"]), "InvalidInstanceID.NotFound"),
        (api(Api="DescribeVpcs"), "ec2:DescribeVpcs"),
        (step("sleep", inputs={"Timestamp": "2020-01-01T01:00:00Z"}), "does not model the input Timestamp"),
        (step("sleep", inputs={"Duration": "10 minutes"}), "ISO 8601"),
    ],
)
def test_what_cannot_be_done_fails_its_step(sandbox: Sandbox, step_: dict[str, Any], text: str) -> None:
    assert text in run(sandbox, step_, assumeRole=f"{ROLE}/runbook")["FailureMessage"]


def test_a_long_sleep_is_short_here(sandbox: Sandbox) -> None:
    found = run(sandbox, step("sleep", inputs={"Duration": "PT10M"}))
    assert statuses(found) == {"run": "Success"}
    assert found["ExecutionEndTime"] - found["ExecutionStartTime"] < timedelta(seconds=10)


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
    assert (found["AutomationExecutionStatus"], counter.read_text()) == ("Success", "xxx")
    assert "FailureMessage" not in found["StepExecutions"]["run"]


def test_what_still_runs_ends_with_the_sandbox(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Sandbox(tmp_path_factory.mktemp("account")) as sandbox:
        name = create(sandbox, script("import time\ntime.sleep(30)"), passing("never"))
        started = time.monotonic()
        start(sandbox, name)
    assert time.monotonic() - started < 10
    [cancelled] = sandbox.automation.executions()
    assert cancelled.status == "Cancelled"
    assert cancelled.steps["never"].status == "Pending"


def test_executions_are_listed_newest_first_and_in_pages(sandbox: Sandbox) -> None:
    name, client = create(sandbox, passing("one")), sandbox.client("ssm", REGION)
    ids = [start(sandbox, name) for _ in range(3)]
    pages = client.get_paginator("describe_automation_executions").paginate(PaginationConfig={"PageSize": 2})
    listed = [
        each["AutomationExecutionId"] for page in pages for each in page["AutomationExecutionMetadataList"]
    ]
    assert listed[:3] == ids[::-1]
    assert sandbox.automation.executions(ACCOUNT, REGION)[-1].id == ids[-1]
    assert sandbox.automation.executions(ACCOUNT, "us-east-1") == []


def test_steps_are_listed_in_pages_to_a_step_of_the_same_execution_too(sandbox: Sandbox) -> None:
    look = step(
        "executeAwsApi",
        "look",
        {
            "Service": "ssm",
            "Api": "DescribeAutomationStepExecutions",
            "AutomationExecutionId": "{{ automation:EXECUTION_ID }}",
        },
        outputs=[output("Statuses", "$.StepExecutions..StepStatus", "StringList")],
    )
    found = run(sandbox, failing(onFailure="Continue"), look, outputs=["look.Statuses"])
    assert found["Outputs"]["look.Statuses"] == ["Failed", "InProgress"]
    pages = sandbox.client("ssm", REGION).get_paginator("describe_automation_step_executions")
    asked = {"AutomationExecutionId": found["AutomationExecutionId"], "PaginationConfig": {"PageSize": 1}}
    listed = [each["StepName"] for page in pages.paginate(**asked) for each in page["StepExecutions"]]
    assert listed == ["fails", "look"]
