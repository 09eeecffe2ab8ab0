"""Checks the runbooks as Terraform renders them: `python -m tools.check_documents`.

Each is checked against the schema that AWS publishes for its editor, by the sandbox's own rules (names, next
steps, references, size), and by cfn-lint as a resource of a CloudFormation template. What is written lies in
build/documents.
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
from tools.terraform_setup import BUILD, LOCK_FILE, SetupError

PACKAGE = "aws-ssm-document-language-service@1.0.0"
SHA512 = "XTkladSKrrD/uIGOwRMyVK7M6eHYVZWobtF0SCXQPocpE0SsHRVY1GflZaEGYgbKgDJTgpNpP8drTsUFzgfL5A=="
SCHEMA_MEMBER = "package/dist/schema.json"

STEPS = """
- name: Sleep
  action: aws:sleep
  inputs:
    Duration: PT1M
"""
CHAT_TOPIC = "arn:aws:sns:eu-west-1:123456789012:chat"
USUAL = {
    "name": "monitor",
    "console_host": "console.aws.amazon.com",
    "location": {"account_id": "123456789012", "partition": "aws", "region": "eu-west-1"},
    "role": {"name": "monitor-runbook"},
    "topic_arn": "arn:aws:sns:eu-west-1:123456789012:on-call",
}
REPAIR = {
    "mode": "act",
    "tag": {"key": "Repair", "value": "yes"},
    "instance_profile": {"name": "machines", "role_arn": "arn:aws:iam::123456789012:role/machines"},
    "reboot": True,
    "approver_arns": ["arn:aws:iam::123456789012:role/on-call"],
    "role": {"name": "monitor-repair"},
}
DIAGNOSIS = {"role": {"name": "monitor-diagnosis"}}
VARIANTS: dict[str, dict[str, Any]] = {
    "digest": {"mode": "digest", "reminder": True},
    "digest-with-all": {
        "mode": "digest",
        "chat_topic_arn": CHAT_TOPIC,
        "diagnosis": DIAGNOSIS,
        "reminder": True,
        "steps": STEPS,
    },
    "instance": {"mode": "instance"},
    "instance-with-all": {
        "mode": "instance",
        "chat_topic_arn": CHAT_TOPIC,
        "diagnosis": DIAGNOSIS,
        "repair": REPAIR,
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
