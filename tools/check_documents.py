"""Checks the runbooks as Terraform renders them: `python -m tools.check_documents`.

Each is checked against the schema that AWS publishes for its editor, by the sandbox's own rules (names, next
steps, references, size), by rules of this project (short templates, time-outs, where a failure leads), and by
cfn-lint as a resource of a CloudFormation template. What is written lies in build/documents.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

from sandbox.automation import documents
from sandbox.gateway import AwsError
from tools.terraform import TerraformError, Workspace
from tools.terraform_setup import BUILD, LOCK_FILE, ROOT, SetupError

PACKAGE = "aws-ssm-document-language-service@1.0.0"
SHA512 = "XTkladSKrrD/uIGOwRMyVK7M6eHYVZWobtF0SCXQPocpE0SsHRVY1GflZaEGYgbKgDJTgpNpP8drTsUFzgfL5A=="
SCHEMA_MEMBER = "package/dist/schema.json"

TEMPLATES = ROOT / "modules/runbook"
MAXIMUM_LINES = 180
LINES_OF = {"reminder.yaml.tftpl": 50}
"""Templates that have to be shorter than the others."""
LINES_OF_A_SCRIPT = 8
INVOCATION = {"maxAttempts": 1, "timeoutSeconds": 300}
"""Automation waits for a function as long as this, and would otherwise call a function that failed again."""

STEPS = """
- name: Sleep
  action: aws:sleep
  inputs:
    Duration: PT1M
"""
TOPIC = "arn:aws:sns:eu-west-1:123456789012:on-call"
USUAL = {
    "name": "monitor",
    "location": {"account_id": "123456789012", "partition": "aws", "region": "eu-west-1"},
    "role": {"name": "monitor-runbook"},
    "responder": {
        "name": "monitor-responder",
        "arn": "arn:aws:lambda:eu-west-1:123456789012:function:monitor-responder",
    },
    "topic_arn": TOPIC,
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


def main() -> None:
    """Check every document; exit with what is wrong."""
    folder = BUILD / "documents"
    try:
        rendered = render(folder / "module")
        schema = amended(json.loads(published_schema(folder).read_text()))
    except (SetupError, TerraformError) as error:
        sys.exit(str(error))
    problems = [f"{name}: {each}" for name, text in rendered.items() for each in problems_of(text, schema)]
    problems = problems or [*template_problems(TEMPLATES), *project_problems(parsed(rendered))]
    if problems:
        sys.exit("\n".join(problems))
    templates = []
    for name, text in rendered.items():
        template = folder / f"{name}.template.json"
        template.write_text(json.dumps(template_of(text), indent=1))
        templates.append(str(template))
    command = [str(Path(sys.executable).with_name("cfn-lint")), *templates]
    lint = subprocess.run(command, check=False)
    if lint.returncode:
        sys.exit(lint.returncode)
    for name, text in rendered.items():
        print(f"AWS's schema, own rules, cfn-lint: {name} is right, of {len(text.encode()):,} bytes")


def render(folder: Path) -> dict[str, str]:
    """Each document of each variant, by the names of both, as a plan has it that calls nothing."""
    workspace = Workspace.copy_of(".", folder)
    configuration = folder / "documents"
    configuration.mkdir()
    skip = ("credentials_validation", "metadata_api_check", "region_validation", "requesting_account_id")
    provider = {"region": "eu-west-1", "access_key": "x", "secret_key": "x"} | {
        f"skip_{each}": True for each in skip
    }
    modules = {name: {"source": "../modules/runbook", **USUAL, **inputs} for name, inputs in VARIANTS.items()}
    (configuration / "main.tf.json").write_text(
        json.dumps({"provider": {"aws": provider}, "module": modules})
    )
    shutil.copyfile(workspace.directory / LOCK_FILE, configuration / LOCK_FILE)
    workspace = Workspace(configuration, {})
    workspace.init("-backend=false")
    planned = workspace.show(workspace.plan("-refresh=false"))["planned_values"]["root_module"]
    return {
        f"{module['address'].removeprefix('module.')}.{resource['values']['name']}": resource["values"][
            "content"
        ]
        for module in planned["child_modules"]
        for resource in module["resources"]
        if resource["type"] == "aws_ssm_document"
    }


def problems_of(text: str, schema: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a document, by the sandbox's rules and by AWS's schema."""
    try:
        content = documents.parse(text, "YAML")
    except AwsError as error:
        yield str(error)
        return
    for found in Draft7Validator(schema).iter_errors(content):
        yield f"{'.'.join(map(str, found.path))}: {found.message[:500]}"


def template_problems(folder: Path) -> Iterator[str]:
    """Templates that are longer than a page that people read."""
    for template in sorted(folder.glob("*.yaml.tftpl")):
        lines, maximum = len(template.read_text().splitlines()), LINES_OF.get(template.name, MAXIMUM_LINES)
        if lines > maximum:
            yield f"{template.name} has {lines} lines, and may have {maximum}"


def parsed(rendered: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The content of each document that has no problem so far."""
    return {name: documents.parse(text, "YAML") for name, text in rendered.items()}


def project_problems(contents: dict[str, dict[str, Any]]) -> Iterator[str]:
    """What is wrong by this project's own rules with documents, which are named `variant.document`."""
    scripts = set()
    for name, content in contents.items():
        for step in content["mainSteps"]:
            problems = [*invocation_problems(step), *branch_problems(step)]
            problems += child_problems(step, contents, name.split(".")[0])
            yield from (f"{name}: step {step['name']}: {each}" for each in problems)
            if step["action"] == "aws:executeScript":
                scripts.add(step["inputs"]["Script"])
    if len(scripts) > 1:
        yield f"there are {len(scripts)} inline scripts, and may be one: the others belong into the function"
    for script in scripts:
        if (lines := len(script.splitlines())) > LINES_OF_A_SCRIPT:
            yield f"an inline script has {lines} lines, and may have {LINES_OF_A_SCRIPT}"


def invocation_problems(step: dict[str, Any]) -> Iterator[str]:
    """A call of the function that is repeated, ends too soon, or whose failure ends the execution."""
    if step["action"] != "aws:invokeLambdaFunction":
        return
    for key, value in INVOCATION.items():
        if step.get(key) != value:
            yield f"{key} is {step.get(key)}, and must be {value}"
    yield from _failure_problems(step)


def branch_problems(step: dict[str, Any]) -> Iterator[str]:
    """A branch that may go on where none of its choices is true, or whose failure ends the execution."""
    if step["action"] != "aws:branch":
        return
    if not step.get("isEnd") and "Default" not in step["inputs"]:
        yield "has neither a Default nor isEnd: the next step of the list would run"
    if "timeoutSeconds" not in step:
        yield "has no timeoutSeconds"
    yield from _failure_problems(step)


def _failure_problems(step: dict[str, Any]) -> Iterator[str]:
    if not str(step.get("onFailure")).startswith("step:"):
        yield "onFailure names no step"


def child_problems(step: dict[str, Any], contents: dict[str, dict[str, Any]], variant: str) -> Iterator[str]:
    """A step that gives up while the document of the same variant that it started may still run."""
    child = contents.get(f"{variant}.{step['inputs'].get('DocumentName')}")
    if step["action"] != "aws:executeAutomation" or child is None:
        return
    if endless := [each["name"] for each in child["mainSteps"] if "timeoutSeconds" not in each]:
        yield f"starts steps without timeoutSeconds: {', '.join(endless)}"
        return
    seconds = sum(each["timeoutSeconds"] * each.get("maxAttempts", 1) for each in child["mainSteps"])
    if step["timeoutSeconds"] < seconds:
        yield f"timeoutSeconds is {step['timeoutSeconds']}, and what it starts may take {seconds}"


def published_schema(folder: Path) -> Path:
    """The schema, from the package that is downloaded once.

    Raises:
        SetupError: there is no npm, it can't get the package, or the package is another than the pinned one.
    """
    schema = folder / f"{PACKAGE}.schema.json"
    if schema.is_file():
        return schema
    if not shutil.which("npm"):
        raise SetupError(f"npm isn't on the PATH: install Node.js, which gets {PACKAGE} for this check.")
    pack = ["npm", "pack", "--silent", "--pack-destination", str(folder), PACKAGE]
    try:
        name = subprocess.run(pack, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    except subprocess.CalledProcessError as error:
        raise SetupError(f"npm could not download {PACKAGE}: see above.") from error
    package = folder / name
    found = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if found != SHA512:
        raise SetupError(f"{PACKAGE} has the SHA-512 {found}, not {SHA512}.")
    with tarfile.open(package) as members:
        member: Any = members.extractfile(SCHEMA_MEMBER)
        schema.write_bytes(member.read())
    return schema


def amended(schema: dict[str, Any]) -> dict[str, Any]:
    """The published schema with what it lacks: the runtime python3.11, with which steps run their scripts.

    It lacks `onCancel`, `aws:loop` and `variables` too, which no document here uses.
    """
    text = json.dumps(schema)
    older = '"enum": ["python3.6", "python3.7", "PowerShell Core 6.0"]'
    if older not in text:
        raise SetupError(f"the schema of {PACKAGE} is another than the one that is known")
    amended_schema: dict[str, Any] = json.loads(text.replace(older, '"enum": ["python3.11"]'))
    return amended_schema


def template_of(text: str) -> dict[str, Any]:
    """A CloudFormation template that makes the document."""
    content = documents.parse(text, "YAML")
    properties = {"DocumentType": "Automation", "DocumentFormat": "YAML", "Content": content}
    return {"Resources": {"Runbook": {"Type": "AWS::SSM::Document", "Properties": properties}}}


if __name__ == "__main__":
    main()
