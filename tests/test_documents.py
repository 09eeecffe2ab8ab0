"""The runbooks as Terraform renders them: AWS's schema, names, references, time-outs, what follows a failure.

`make lint-documents` runs this. The schema is the one that AWS publishes for its editor, in a package of npm.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
from typing import Any

import pytest
from jsonschema import Draft7Validator

from sandbox.automation import documents
from tools.terraform import Workspace
from tools.terraform_setup import BUILD, ROOT

pytestmark = pytest.mark.terraform

PACKAGE = "aws-ssm-document-language-service@1.0.0"
SHA512 = "XTkladSKrrD/uIGOwRMyVK7M6eHYVZWobtF0SCXQPocpE0SsHRVY1GflZaEGYgbKgDJTgpNpP8drTsUFzgfL5A=="
SCHEMA_MEMBER = "package/dist/schema.json"
OLD_RUNTIMES = '"enum": ["python3.6", "python3.7", "PowerShell Core 6.0"]'
"""What the schema knows of `aws:executeScript`; steps run their scripts with python3.11."""

MAXIMUM_LINES = {"repair": 180, "reminder": 50, "runbook": 180}
"""A template is a page that people read."""
MAXIMUM_LINES_OF_A_SCRIPT = 8

STEPS = "[{name: Sleep, action: 'aws:sleep', inputs: {Duration: PT1M}}]"
USUAL = {
    "name": "monitor",
    "location": {"account_id": "123456789012", "partition": "aws", "region": "eu-west-1"},
    "role": {"name": "monitor-runbook"},
    "responder": {
        "name": "monitor-responder",
        "arn": "arn:aws:lambda:eu-west-1:123456789012:function:monitor-responder",
    },
    "topic_arn": "arn:aws:sns:eu-west-1:123456789012:on-call",
}
ACTION = {"description": "It is done.", "service": "ec2", "statements": "[]"}
ACTIONS = {
    "attach": ACTION | {"api": "AssociateIamInstanceProfile", "inputs": '{"InstanceId": "{{ InstanceId }}"}'},
    "reboot": ACTION | {"api": "RebootInstances", "inputs": '{"InstanceIds": ["{{ InstanceId }}"]}'},
}
REPAIR = {"tag": {"key": "Repair", "value": "yes"}, "role": {"name": "repair"}, "actions": ACTIONS}
APPROVERS = ["arn:aws:iam::123456789012:role/on-call"]
VARIANTS: dict[str, dict[str, Any]] = {
    "digest": {"mode": "digest", "reminder": True},
    "digest-with-steps": {"mode": "digest", "steps": STEPS},
    "instance": {"mode": "instance"},
    "instance-with-steps": {"mode": "instance", "steps": STEPS},
    "instance-with-one-action": {
        "mode": "instance",
        "repair": REPAIR | {"actions": {"reboot": ACTIONS["reboot"]}},
    },
    "instance-with-all": {
        "mode": "instance",
        "reminder": True,
        "repair": REPAIR | {"approver_arns": APPROVERS},
        "steps": STEPS,
    },
}
"""Inputs of modules/runbook that give different documents."""

Step = dict[str, Any]


@pytest.fixture(scope="module")
def rendered() -> dict[str, dict[str, Step]]:
    """Each document by its variant and name, as a plan has it that calls nothing.

    The sandbox's parser refuses wrong names, next steps, references and outputs, and what is too large.
    """
    copy = Workspace.copy_of(".", BUILD / "documents" / "module")
    workspace = Workspace(copy.directory / "documents", {})
    workspace.directory.mkdir()
    skip = ("credentials_validation", "metadata_api_check", "region_validation", "requesting_account_id")
    provider = {"region": "eu-west-1", "access_key": "x", "secret_key": "x"}
    provider |= {f"skip_{each}": "true" for each in skip}
    modules = {name: {"source": "../modules/runbook", **USUAL, **inputs} for name, inputs in VARIANTS.items()}
    configuration = {"provider": {"aws": provider}, "module": modules}
    (workspace.directory / "main.tf.json").write_text(json.dumps(configuration))
    workspace.locked().init("-backend=false")
    planned = workspace.show(workspace.plan("-refresh=false"))["planned_values"]["root_module"]
    return {
        module["address"].removeprefix("module."): {
            resource["values"]["name"]: documents.parse(resource["values"]["content"], "YAML")
            for resource in module["resources"]
            if resource["type"] == "aws_ssm_document"
        }
        for module in planned["child_modules"]
    }


@pytest.fixture(scope="module")
def steps(rendered: dict[str, dict[str, Step]]) -> list[tuple[str, Step]]:
    """Every step of every document, with a name that says where it is."""
    return [
        (f"{variant}.{name}.{step['name']}", step)
        for variant, contents in rendered.items()
        for name, content in contents.items()
        for step in content["mainSteps"]
    ]


@pytest.fixture(scope="module")
def schema() -> Any:
    """AWS's schema, from the package that is downloaded once."""
    folder = BUILD / "documents"
    file = folder / f"{PACKAGE}.schema.json"
    if not file.is_file():
        assert shutil.which("npm"), f"npm isn't on the PATH: install Node.js, which gets {PACKAGE}."
        folder.mkdir(parents=True, exist_ok=True)
        pack = ["npm", "pack", "--silent", "--pack-destination", str(folder), PACKAGE]
        package = folder / subprocess.run(pack, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        found = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
        assert found == SHA512, f"{PACKAGE} is another package than the pinned one"
        with tarfile.open(package) as members:
            file.write_bytes(members.extractfile(SCHEMA_MEMBER).read())  # type: ignore[union-attr]
    text = json.dumps(json.loads(file.read_text()))
    assert OLD_RUNTIMES in text
    return json.loads(text.replace(OLD_RUNTIMES, '"enum": ["python3.11"]'))


def test_each_variant_fits_aws_schema(rendered: dict[str, dict[str, Step]], schema: Any) -> None:
    assert rendered.keys() == VARIANTS.keys()
    assert [
        f"{variant}.{name} {'.'.join(map(str, error.path))}: {error.message[:500]}"
        for variant, contents in rendered.items()
        for name, content in contents.items()
        for error in Draft7Validator(schema).iter_errors(content)
    ] == []


def test_a_call_of_the_function_is_made_once_and_waited_for(steps: list[tuple[str, Step]]) -> None:
    """Automation would call a function that failed again, and end before it does."""
    calls = [(name, step) for name, step in steps if step["action"] == "aws:invokeLambdaFunction"]
    assert calls
    wanted = {"maxAttempts": 1, "timeoutSeconds": 300}
    assert [name for name, step in calls if step | wanted != step] == []


def test_a_failure_of_a_call_or_a_branch_leads_to_a_step(steps: list[tuple[str, Step]]) -> None:
    kinds = ("aws:invokeLambdaFunction", "aws:branch")
    checked = [(name, str(step.get("onFailure"))) for name, step in steps if step["action"] in kinds]
    assert [name for name, leads in checked if not leads.startswith("step:")] == []


def test_a_branch_leads_somewhere_or_ends_and_does_not_wait(steps: list[tuple[str, Step]]) -> None:
    """Where no choice is true, the next step of the list would run."""
    branches = [(name, step) for name, step in steps if step["action"] == "aws:branch"]
    assert branches
    ends = [(name, step.get("isEnd") or "Default" in step["inputs"]) for name, step in branches]
    assert [name for name, does_end in ends if not does_end] == []
    assert [name for name, step in branches if "timeoutSeconds" not in step] == []


def test_nobody_gives_up_while_a_repair_may_still_run(rendered: dict[str, dict[str, Step]]) -> None:
    started = {}
    for variant, contents in rendered.items():
        for step in (step for content in contents.values() for step in content["mainSteps"]):
            child = contents.get(step["inputs"].get("DocumentName"))
            if step["action"] == "aws:executeAutomation" and child:
                seconds = [each["timeoutSeconds"] * each.get("maxAttempts", 1) for each in child["mainSteps"]]
                started[variant] = (step["timeoutSeconds"], sum(seconds))
    assert started
    assert {variant: both for variant, both in started.items() if both[0] < both[1]} == {}


def test_scripts_belong_into_the_function(steps: list[tuple[str, Step]]) -> None:
    scripts = {step["inputs"]["Script"] for _, step in steps if step["action"] == "aws:executeScript"}
    assert len(scripts) <= 1
    assert all(len(script.splitlines()) <= MAXIMUM_LINES_OF_A_SCRIPT for script in scripts)


def test_a_template_is_short() -> None:
    templates = (ROOT / "modules" / "runbook").glob("*.yaml.tftpl")
    lines = {file.name.partition(".")[0]: len(file.read_text().splitlines()) for file in templates}
    assert lines.keys() == MAXIMUM_LINES.keys()
    assert {name: count for name, count in lines.items() if count > MAXIMUM_LINES[name]} == {}
