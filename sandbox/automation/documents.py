"""Runbooks (schema 0.3) as `CreateDocument` and `UpdateDocument` check them.

What a step may hold: https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.ext.parser import parse as parse_path

from sandbox.automation import parameters, references
from sandbox.automation.conditions import OPERATORS
from sandbox.gateway import AwsError

MAXIMUM_BYTES = 65_536
# "python3.6 | python3.7 | python3.8" can no longer be chosen; PowerShell and attachments are not modelled.
RUNTIMES = ("python3.11",)
OUTPUT_TYPES = ("String", "StringList", "Integer", "Boolean", "StringMap", "MapList")
RESERVED_OUTPUT = "OutputPayload"
TOP_LEVEL = {"schemaVersion", "description", "assumeRole", "parameters", "mainSteps", "outputs"}
STEP_TYPES = {"timeoutSeconds": int, "maxAttempts": int, "isCritical": bool, "isEnd": bool}
STEP = {
    *STEP_TYPES,
    "name",
    "action",
    "description",
    "inputs",
    "outputs",
    "onFailure",
    "onCancel",
    "nextStep",
}
# Action | required inputs | optional inputs (*: any, those of an API call) | outputs
ACTION_TABLE = """
aws:approve | Approvers | NotificationArn Message MinRequiredApprovals | ApprovalStatus ApproverDecisions
aws:assertAwsResourceProperty | Service Api PropertySelector DesiredValues | * |
aws:branch | Choices | Default |
aws:changeInstanceState | InstanceIds DesiredState | CheckStateOnly Force AdditionalInfo |
aws:copyImage | SourceImageId SourceRegion ImageName | * | ImageId ImageState
aws:createImage | InstanceId ImageName | ImageDescription NoReboot BlockDeviceMappings | ImageId ImageState
aws:createStack | StackName | * | StackId StackStatus StackStatusReason
aws:createTags | ResourceIds Tags | ResourceType |
aws:deleteImage | ImageId | |
aws:deleteStack | StackName | * |
aws:executeAutomation | DocumentName | * | Output ExecutionId Status
aws:executeAwsApi | Service Api | * |
aws:executeScript | Runtime Handler Script | InputPayload |
aws:executeStateMachine | stateMachineArn | input name | executionArn input name output status
aws:invokeLambdaFunction | FunctionName | * | StatusCode FunctionError LogResult Payload
aws:invokeWebhook | IntegrationName | Body | Response ResponseCode
aws:loop | Steps | Iterators IteratorDataType LoopCondition MaxIterations |
aws:pause | | |
aws:runCommand | DocumentName | * | CommandId Status ResponseCode Output
aws:runInstances | ImageId | * | InstanceIds InstanceStates
aws:sleep | | Duration Timestamp |
aws:updateVariable | Name Value | |
aws:waitForAwsResourceProperty | Service Api PropertySelector DesiredValues | * |
"""


class Action(NamedTuple):
    """What an action takes and gives."""

    required: list[str]
    optional: list[str]
    outputs: list[str]


def _rows(table: str) -> Iterator[tuple[str, Action]]:
    for row in table.strip().splitlines():
        name, *cells = row.split("|")
        yield name.strip(), Action(*(cell.split() for cell in cells))


ACTIONS = dict(_rows(ACTION_TABLE))


def parse(text: str, document_format: str) -> dict[str, Any]:
    """A runbook's content, checked.

    Raises:
        AwsError: `MaxDocumentSizeExceeded`, `InvalidDocumentSchemaVersion` or `InvalidDocumentContent`,
            with a text that names the step or parameter.
    """
    if len(text.encode()) > MAXIMUM_BYTES:
        raise AwsError("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.")
    try:
        content = json.loads(text) if document_format == "JSON" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise _invalid(f"not valid {document_format}: {error}") from error
    if not isinstance(content, dict):
        raise _invalid("must be a map")
    if str(content.get("schemaVersion")) != "0.3":
        raise AwsError(
            "InvalidDocumentSchemaVersion",
            f"an Automation document has the schemaVersion '0.3', not {content.get('schemaVersion')!r}",
        )
    try:
        _check(content)
    except (AttributeError, KeyError, TypeError) as error:
        raise _invalid(f"a value is of the wrong kind: {error}") from error
    return content


def steps(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A runbook's steps in order, by name."""
    return {step["name"]: step for step in content["mainSteps"]}


def _check(content: dict[str, Any]) -> None:
    _only(content, TOP_LEVEL, "the document")
    for name, declaration in _map(content.get("parameters", {}), "parameters").items():
        try:
            parameters.check_declaration(name, declaration)
        except parameters.ParameterError as error:
            raise _invalid(str(error)) from error
    main_steps = content.get("mainSteps")
    if not isinstance(main_steps, list) or not main_steps:
        raise _invalid("mainSteps must be a list with at least one step")
    seen: set[str] = set()
    for step in main_steps:
        _check_step(step, seen)
    known = set(_known_references(content))
    for step in main_steps:
        _check_targets(step, seen)
        if step["action"] != "aws:loop":  # its steps have names of their own
            _check_references(step.get("inputs", {}), known, f"step {step['name']}")
    _check_references(content.get("assumeRole", ""), known, "assumeRole")
    for output in content.get("outputs", []):
        if not isinstance(output, str) or output not in known or "." not in output:
            raise _invalid(f"outputs: {output!r} is no output of a step")


def _check_step(step: Any, seen: set[str]) -> None:
    name = _map(step, "a step").get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z0-9_]{3,128}", name):
        raise _invalid(f"step {name!r}: a name has 3 to 128 of the characters a-z, A-Z, 0-9, _")
    where = f"step {name}"
    if name in seen:
        raise _invalid(f"{where}: the name is used twice")
    seen.add(name)
    _only(step, STEP, where)
    action = ACTIONS.get(step.get("action"))
    if action is None:
        raise _invalid(f"{where}: unknown action {step.get('action')!r}")
    for key, kind in STEP_TYPES.items():
        if key in step and (type(step[key]) is not kind or (kind is int and step[key] < 1)):
            raise _invalid(f"{where}: {key} must be a {'positive number' if kind is int else 'Boolean'}")
    if "inputs" not in step:
        raise _invalid(f"{where}: inputs is missing")
    inputs = _map(step["inputs"], f"{where}: inputs")
    for key in action.required:
        if inputs.get(key) in (None, ""):
            raise _invalid(f"{where}: the input {key} is missing")
    if action.optional != ["*"]:
        _only(inputs, {*action.required, *action.optional}, f"{where}: inputs")
    _check_outputs(step, action)
    if step["action"] in INPUT_CHECKS:
        INPUT_CHECKS[step["action"]](inputs, where)


def _check_outputs(step: dict[str, Any], action: Action) -> None:
    reserved = (*action.outputs, RESERVED_OUTPUT)
    names = set()
    for output in step.get("outputs", []):
        where = f"step {step['name']}: output {_map(output, 'an output').get('Name')!r}"
        _only(output, {"Name", "Selector", "Type"}, where)
        if not isinstance(output.get("Name"), str) or output["Name"] in names:
            raise _invalid(f"{where}: the name is missing or used twice")
        names.add(output["Name"])
        if output["Name"] in reserved:
            raise _invalid(f"{where} is conflicting with the reserved output names: {list(reserved)}")
        if output.get("Type", "String") not in OUTPUT_TYPES:
            raise _invalid(f"{where}: unknown type {output['Type']!r}")
        _check_path(output.get("Selector"), where)


def _check_targets(step: dict[str, Any], names: set[str]) -> None:
    """Check that every step that may come next exists."""
    inputs = step.get("inputs", {})
    targets = [step["nextStep"]] if "nextStep" in step else []
    for key, words in {"onFailure": ("Abort", "Continue"), "onCancel": ("Abort",)}.items():
        value = str(step.get(key, "Abort"))
        if value not in words:
            if not value.startswith("step:"):
                raise _invalid(f"step {step['name']}: {key} {value!r} is none of {words} and step:NAME")
            targets.append(value.removeprefix("step:"))
    if step["action"] == "aws:branch":
        targets += [choice["NextStep"] for choice in inputs["Choices"]]
        targets += [inputs["Default"]] if "Default" in inputs else []
    for target in targets:
        if target not in names:
            raise _invalid(f"step {step['name']}: there is no step {target!r} to go to")


def _known_references(content: dict[str, Any]) -> Iterator[str]:
    yield from references.SYSTEM_VARIABLES
    yield from content.get("parameters", {})
    for step in content["mainSteps"]:
        declared = [output["Name"] for output in step.get("outputs", [])]
        for output in (*declared, *ACTIONS[step["action"]].outputs, RESERVED_OUTPUT):
            yield f"{step['name']}.{output}"


def _check_references(value: Any, known: set[str], where: str) -> None:
    for name in references.names(value):
        if name not in known:
            raise _invalid(f"{where}: {{{{ {name} }}}} refers to no parameter, step output or variable")


def _check_script(inputs: dict[str, Any], where: str) -> None:
    if inputs["Runtime"] not in RUNTIMES:
        raise _invalid(
            f"{where}: the Runtime {inputs['Runtime']!r} does not run (here: {', '.join(RUNTIMES)})"
        )
    if not isinstance(inputs["Script"], str):
        raise _invalid(f"{where}: Script must be a text")
    for name in references.names(inputs["Script"]):
        raise _invalid(f"{where}: {{{{ {name} }}}} in a Script: hand it over in InputPayload")


def _check_sleep(inputs: dict[str, Any], where: str) -> None:
    if len(inputs) != 1:
        raise _invalid(f"{where}: give one of Duration and Timestamp")


def _check_property(inputs: dict[str, Any], where: str) -> None:
    if not isinstance(inputs["DesiredValues"], list):
        raise _invalid(f"{where}: DesiredValues must be a list")
    _check_path(inputs["PropertySelector"], where)


def _check_branch(inputs: dict[str, Any], where: str) -> None:
    if not isinstance(inputs["Choices"], list):
        raise _invalid(f"{where}: Choices must be a list")
    for choice in inputs["Choices"]:
        condition = dict(_map(choice, f"{where}: a choice"))
        if not isinstance(condition.pop("NextStep", None), str):
            raise _invalid(f"{where}: a choice needs a NextStep")
        _check_condition(condition, where)


def _check_condition(condition: dict[str, Any], where: str) -> None:
    keys = set(_map(condition, f"{where}: a condition"))
    if keys == {"Not"}:
        _check_condition(condition["Not"], where)
    elif keys in ({"And"}, {"Or"}):
        for inner in next(iter(condition.values())):
            _check_condition(inner, where)
    elif "Variable" not in keys or len(keys) != 2 or not keys - {"Variable"} <= OPERATORS.keys():
        expected = f"Variable and one of {', '.join(OPERATORS)}, or And, Or, Not"
        raise _invalid(f"{where}: a condition has {expected}; not {sorted(keys)}")


INPUT_CHECKS = {
    "aws:assertAwsResourceProperty": _check_property,
    "aws:branch": _check_branch,
    "aws:executeScript": _check_script,
    "aws:sleep": _check_sleep,
    "aws:waitForAwsResourceProperty": _check_property,
}


def _check_path(selector: Any, where: str) -> None:
    try:
        if isinstance(selector, str) and selector.startswith("$"):
            parse_path(selector)
            return
    except (JSONPathError, AttributeError, ValueError):
        pass
    raise _invalid(f"{where}: the selector {selector!r} is no JSONPath")


def _only(value: dict[str, Any], allowed: set[str], where: str) -> None:
    for key in value:
        if key not in allowed:
            raise _invalid(f"{where}: unknown property {key!r}")


def _map(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(f"{where} must be a map")
    return value


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidDocumentContent", message)
