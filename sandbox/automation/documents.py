"""Runbooks (schema 0.3) as `CreateDocument` and `UpdateDocument` check them.

What a step may hold: https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import yaml
from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.ext.parser import parse as parse_path

from sandbox.automation import parameters, references
from sandbox.gateway import AwsError, not_modelled

MAXIMUM_BYTES = 65_536
# "python3.6 | python3.7 | python3.8" can no longer be chosen; PowerShell and attachments are not modelled.
RUNTIME = "python3.11"
RESERVED_OUTPUT = "OutputPayload"
TOP_LEVEL = {"schemaVersion", "description", "assumeRole", "parameters", "mainSteps", "outputs"}
NUMBERS, SWITCHES = ("timeoutSeconds", "maxAttempts"), ("isCritical", "isEnd")
STEP = {"name", "action", "description", "inputs", "outputs", "onFailure", "onCancel", "nextStep"}


class Action(NamedTuple):
    """What an action takes (`*`: any input, those of an API call) and gives."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


API = ("Service", "Api")
ACTIONS = {
    "aws:approve": Action(
        ("Approvers",),
        ("NotificationArn", "Message", "MinRequiredApprovals"),
        ("ApprovalStatus", "ApproverDecisions"),
    ),
    "aws:branch": Action(("Choices",), ("Default",)),
    "aws:executeAutomation": Action(("DocumentName",), ("*",), ("Output", "ExecutionId", "Status")),
    "aws:executeAwsApi": Action(API, ("*",)),
    "aws:executeScript": Action(("Runtime", "Handler", "Script"), ("InputPayload",)),
    "aws:invokeLambdaFunction": Action(
        ("FunctionName",),
        ("Qualifier", "InvocationType", "LogType", "ClientContext", "InputPayload", "Payload"),
        ("StatusCode", "FunctionError", "LogResult", "Payload"),
    ),
    "aws:sleep": Action((), ("Duration", "Timestamp")),
    "aws:waitForAwsResourceProperty": Action((*API, "PropertySelector", "DesiredValues"), ("*",)),
}


@lru_cache
def parse(text: str, document_format: str) -> dict[str, Any]:
    """A runbook's content, checked; not to be changed, since each execution of the text has the same one.

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
    _require(isinstance(content, dict), "must be a map")
    if str(content.get("schemaVersion")) != "0.3":
        message = f"an Automation document has the schemaVersion '0.3', not {content.get('schemaVersion')!r}"
        raise AwsError("InvalidDocumentSchemaVersion", message)
    try:
        _check(content)
    except (AttributeError, KeyError, TypeError) as error:
        raise _invalid(f"a value is of the wrong kind: {error}") from error
    return dict(content)


def _check(content: dict[str, Any]) -> None:
    _only(content, TOP_LEVEL, "the document")
    for name, declaration in content.get("parameters", {}).items():
        parameters.check_declaration(name, declaration)
    steps = content.get("mainSteps")
    if not isinstance(steps, list) or not steps:
        raise _invalid("mainSteps must be a list with at least one step")
    for step in steps:
        _check_step(step)
    names = [step["name"] for step in steps]
    known = set(_known_references(content))
    for step in steps:
        where = f"step {step['name']}"
        _require(names.count(step["name"]) == 1, f"{where}: the name is used twice")
        for target in _targets(step, where):
            _require(target in names, f"{where}: there is no step {target!r} to go to")
        _check_references(step["inputs"], known, where)
    _check_references(content.get("assumeRole", ""), known, "assumeRole")
    for output in content.get("outputs", []):
        _require(output in known and "." in output, f"outputs: {output!r} is no output of a step")


def _check_step(step: Any) -> None:
    name, action = step.get("name"), ACTIONS.get(step.get("action"))
    where = f"step {name}"
    if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z0-9_]{3,128}", name):
        raise _invalid(f"step {name!r}: a name has 3 to 128 of the characters a-z, A-Z, 0-9, _")
    if action is None:
        raise not_modelled(f"the action {step.get('action')!r} of the {where}")
    _only(step, {*STEP, *NUMBERS, *SWITCHES}, where)
    for key in NUMBERS:
        value = step.get(key, 1)
        _require(type(value) is int and value > 0, f"{where}: {key} must be a positive number")
    for key in SWITCHES:
        _require(isinstance(step.get(key, True), bool), f"{where}: {key} must be a Boolean")
    inputs = step.get("inputs")
    if not isinstance(inputs, dict):
        raise _invalid(f"{where}: inputs is missing, or no map")
    for key in action.required:
        _require(inputs.get(key) not in (None, ""), f"{where}: the input {key} is missing")
    if action.optional != ("*",):
        _only(inputs, {*action.required, *action.optional}, f"{where}: inputs")
    if step["action"] == "aws:executeScript":
        _check_script(inputs, where)
    if step["action"] == "aws:sleep":
        _require(len(inputs) == 1, f"{where}: give one of Duration and Timestamp")
    if step["action"] == "aws:branch":
        _require(isinstance(inputs["Choices"], list), f"{where}: Choices must be a list")
        for choice in inputs["Choices"]:
            _require("NextStep" in choice, f"{where}: a choice has no NextStep")
            _check_choice({key: choice[key] for key in choice if key != "NextStep"}, where)
    if step["action"] == "aws:invokeLambdaFunction":
        payload = inputs.get("InputPayload", {})
        _require(isinstance(payload, dict) or _refers(payload), f"{where}: InputPayload must be a map")
    if "PropertySelector" in action.required:
        selector, desired = inputs["PropertySelector"], inputs["DesiredValues"]
        _require(
            _refers(selector) or _is_path(selector),
            f"{where}: the PropertySelector {selector!r} is no JSONPath",
        )
        _require(_refers(desired) or isinstance(desired, list), f"{where}: DesiredValues must be a list")
    reserved = [*action.outputs, RESERVED_OUTPUT]
    declared = [output["Name"] for output in step.get("outputs", [])]
    for output in step.get("outputs", []):
        where = f"step {name}: output {output['Name']!r}"
        _require(declared.count(output["Name"]) == 1, f"{where}: the name is used twice")
        _check_output(output, reserved, where)


def _check_script(inputs: dict[str, Any], where: str) -> None:
    runtime, script = inputs["Runtime"], inputs["Script"]
    _require(runtime == RUNTIME, f"{where}: the Runtime {runtime!r} does not run (here: {RUNTIME})")
    _require(isinstance(script, str), f"{where}: Script must be a text")
    for name in references.names(script):
        raise _invalid(f"{where}: {{{{ {name} }}}} in a Script: hand it over in InputPayload")


def _check_choice(choice: dict[str, Any], where: str) -> None:
    """Check what a choice compares: combined choices, or a variable with a text."""
    if len(choice) == 1 and choice.keys() <= {"And", "Or", "Not"}:
        [(name, inner)] = choice.items()
        _require(inner, f"{where}: {name} combines nothing")
        for each in [inner] if name == "Not" else inner:
            _check_choice(each, where)
        return
    if unknown := sorted(set(choice) - {"Variable", "StringEquals"}):
        raise not_modelled(f"{unknown[0]} of aws:branch, in the {where}")
    _require(len(choice) == 2, f"{where}: the choice {choice} does not compare a Variable with one value")


def _check_output(output: dict[str, Any], reserved: list[str], where: str) -> None:
    _only(output, {"Name", "Selector", "Type"}, where)
    if output["Name"] in reserved:
        raise _invalid(f"{where} is conflicting with the reserved output names: {reserved}")
    kind, selector = output.get("Type", "String"), str(output.get("Selector"))
    _require(kind in parameters.TYPES, f"{where}: unknown type {kind!r}")
    _require(_is_path(selector), f"{where}: the selector {selector!r} is no JSONPath")


def _is_path(selector: str) -> bool:
    try:
        return selector.startswith("$") and bool(parse_path(selector))
    except (JSONPathError, AttributeError, ValueError):
        return False


def _targets(step: dict[str, Any], where: str) -> Iterator[str]:
    """The steps that may come next, as far as the step names them."""
    if step["action"] == "aws:branch":
        yield from (choice["NextStep"] for choice in step["inputs"]["Choices"])
        yield from (step["inputs"][key] for key in ("Default",) if key in step["inputs"])
    if "nextStep" in step:
        yield step["nextStep"]
    for key, words in {"onFailure": ("Abort", "Continue"), "onCancel": ("Abort",)}.items():
        value = str(step.get(key, "Abort"))
        if value.startswith("step:"):
            yield value.removeprefix("step:")
        elif value not in words:
            raise _invalid(f"{where}: {key} {value!r} is none of {words} and step:NAME")


def _known_references(content: dict[str, Any]) -> Iterator[str]:
    yield from references.SYSTEM_VARIABLES
    yield from content.get("parameters", {})
    for step in content["mainSteps"]:
        declared = [output["Name"] for output in step.get("outputs", [])]
        for output in (*declared, *ACTIONS[step["action"]].outputs, RESERVED_OUTPUT):
            yield f"{step['name']}.{output}"


def _check_references(value: Any, known: set[str], where: str) -> None:
    for name in references.names(value):
        _require(name in known, f"{where}: {{{{ {name} }}}} refers to no parameter, step output or variable")


def _refers(value: Any) -> bool:
    return any(references.names(value))


def _only(value: dict[str, Any], allowed: set[str], where: str) -> None:
    for key in value:
        _require(key in allowed, f"{where}: unknown property {key!r}")


def _require(condition: object, message: str) -> None:
    if not condition:
        raise _invalid(message)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidDocumentContent", message)
