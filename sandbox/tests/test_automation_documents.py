import json
from typing import Any

import pytest
import yaml

from sandbox.automation import documents
from sandbox.gateway import AwsError

SCRIPT = {"Runtime": "python3.11", "Handler": "main", "Script": "def main(events, context):\n    return {}\n"}


TEXT = {"Name": "Text", "Selector": "$.Payload.text", "Type": "String"}


def script(name: str = "look", **properties: Any) -> dict[str, Any]:
    return {"name": name, "action": "aws:executeScript", "inputs": SCRIPT, **properties}


def call(name: str = "call", **inputs: Any) -> dict[str, Any]:
    inputs = {"Service": "sns", "Api": "Publish", **inputs}
    return {"name": name, "action": "aws:executeAwsApi", "inputs": inputs}


def document(*steps: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"schemaVersion": "0.3", "mainSteps": list(steps or [script()]), **properties}


def refusal(content: Any, document_format: str = "YAML") -> AwsError:
    with pytest.raises(AwsError) as refused:
        documents.parse(yaml.safe_dump(content, allow_unicode=True), document_format)
    return refused.value


def test_a_document_with_every_shared_property_is_accepted() -> None:
    first = script(
        description="looks",
        outputs=[TEXT],
        timeoutSeconds=30,
        maxAttempts=2,
        onFailure="step:tell",
        onCancel="step:tell",
        isCritical=False,
        nextStep="tell",
    )
    second = call(
        "tell", Message="{{ look.Text }} {{ Team }} {{global:DATE_TIME}} {{ automation:EXECUTION_ID }}"
    )
    content = document(
        first,
        {**second, "isEnd": True},
        description="all",
        assumeRole="{{ Role }}",
        parameters={
            "Role": {"type": "String"},
            "Team": {"type": "String", "default": "a", "allowedValues": ["a", "b"]},
        },
        outputs=["look.Text"],
    )
    assert documents.parse(yaml.safe_dump(content), "YAML") == content
    assert documents.parse(json.dumps(content), "JSON") == content


@pytest.mark.parametrize(
    ("text", "document_format", "code", "named"),
    [
        (yaml.safe_dump({"description": "é" * 32_768}), "YAML", "MaxDocumentSizeExceeded", "64 KB"),
        ('{"schemaVersion": "2.2"}', "JSON", "InvalidDocumentSchemaVersion", "'2.2'"),
        ("a: [", "YAML", "InvalidDocumentContent", "not valid YAML"),
        ("schemaVersion: '0.3'", "JSON", "InvalidDocumentContent", "not valid JSON"),
    ],
)
def test_what_is_no_runbook_is_refused(text: str, document_format: str, code: str, named: str) -> None:
    with pytest.raises(AwsError, match=named) as refused:
        documents.parse(text, document_format)
    assert refused.value.code == code


IS_A = {"Variable": "a", "StringEquals": "a"}


def choices(*choices: Any, **inputs: Any) -> dict[str, Any]:
    """A document with a branch that has the choices."""
    inputs = {"Choices": list(choices), **inputs}
    return document({"name": "choose", "action": "aws:branch", "inputs": inputs}, script())


def action(name: str, **inputs: Any) -> dict[str, Any]:
    return document({"name": "step", "action": f"aws:{name}", "inputs": inputs})


def waits(selector: Any = "$.State", desired: Any = "{{ global:REGION }}") -> dict[str, Any]:
    inputs = {"PropertySelector": selector, "DesiredValues": desired}
    return action("waitForAwsResourceProperty", Service="ec2", Api="DescribeInstances", **inputs)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (["a"], "must be a map"),
        (document(colour="red"), "unknown property 'colour'"),
        ({"schemaVersion": "0.3"}, "mainSteps must be a list"),
        (document(script("ab")), "'ab': a name has 3 to 128"),
        (document(script("a-b-c")), "'a-b-c': a name has"),
        (document(script(), script()), "step look: the name is used twice"),
        (document(script(precondition={})), "step look: unknown property 'precondition'"),
        (document(script(timeoutSeconds="5")), "timeoutSeconds must be a positive number"),
        (document(script(isEnd="true")), "isEnd must be a Boolean"),
        (document(script(inputs={"Runtime": "python3.11", "Handler": "main"})), "input Script is missing"),
        (document({"name": "look", "action": "aws:sleep"}), "step look: inputs is missing"),
        (
            document({"name": "look", "action": "aws:sleep", "inputs": ["Duration"]}),
            "inputs is missing, or no map",
        ),
        (document(script(outputs=[TEXT, TEXT])), "output 'Text': the name is used twice"),
        (document(script(inputs=SCRIPT | {"Runtime": "python3.8"})), "Runtime 'python3.8' does not run"),
        (document(script(inputs=SCRIPT | {"Timeout": 5})), "unknown property 'Timeout'"),
        (document(script(inputs=SCRIPT | {"Script": "x = '{{ Team }}'"})), "hand it over in InputPayload"),
        (document(script(inputs=SCRIPT | {"Script": 5})), "Script must be a text"),
        (document(script(outputs=5)), "a value is of the wrong kind"),
        (document(script(nextStep="gone")), "there is no step 'gone'"),
        (document(script(onFailure="step:gone")), "there is no step 'gone'"),
        (document(script(onCancel="step:gone")), "there is no step 'gone'"),
        (document(script(onFailure="Retry")), "onFailure 'Retry' is none of"),
        (document(script(), call(Message="{{ look.Text }}")), "look.Text }} refers to no"),
        (document(call(Message=["a", {"b": "{{ Gone }}"}])), "Gone }} refers to no"),
        (document(call(Message="{{ global:TIME }}")), "global:TIME }} refers to no"),
        (document(assumeRole="{{ Role }}"), "Role }} refers to no"),
        (document(outputs=["look.Text"]), "'look.Text' is no output"),
        (document(script(outputs=[{"Name": "Text", "Selector": "Payload"}])), "is no JSONPath"),
        (
            document(script(outputs=[{"Name": "Text", "Selector": "$.a[", "Type": "String"}])),
            "is no JSONPath",
        ),
        (document(script(outputs=[{"Name": "Text", "Selector": "$.a", "Type": "Text"}])), "unknown type"),
        (document(script(outputs=[{"Name": "OutputPayload", "Selector": "$"}])), "reserved output names"),
        (document({"name": "rest", "action": "aws:sleep", "inputs": {}}), "one of Duration and Timestamp"),
        *[
            (document(parameters={"Team": {"type": "String"} | declaration}), f"parameter Team: {text}")
            for declaration, text in (
                ({"pattern": "a"}, "unknown property 'pattern'"),
                ({"default": 5}, "5 is no String"),
                ({"type": "StringList", "default": "a"}, "'a' is no StringList"),
                ({"default": "c", "allowedValues": ["a", "b"]}, "'c' is none of the allowed values"),
                ({"default": "c", "allowedPattern": "^[ab]$"}, "'c' does not match the allowed pattern"),
                ({"allowedPattern": "("}, "allowedPattern is no regular expression"),
            )
        ],
        (choices(IS_A), "a choice has no NextStep"),
        (choices({**IS_A, "NextStep": "gone"}), "there is no step 'gone'"),
        (choices({"Not": IS_A, "NextStep": "gone"}), "there is no step 'gone'"),
        (choices(Default="gone"), "there is no step 'gone'"),
        (choices({"NextStep": "look", "Or": []}), "Or combines nothing"),
        (choices({"NextStep": "look", "Variable": "a"}), "does not compare"),
        (choices({"NextStep": "look", "Not": [IS_A]}), "a value is of the wrong kind"),
        (choices({"NextStep": "look", "Not": {**IS_A, "Variable": "{{ Gone }}"}}), "Gone }} refers to no"),
        (action("invokeLambdaFunction", InputPayload={}), "input FunctionName is missing"),
        (action("invokeLambdaFunction", FunctionName="f", Event={}), "unknown property 'Event'"),
        (action("invokeLambdaFunction", FunctionName="f", InputPayload="{}"), "InputPayload must be a map"),
        (waits(selector="State"), "the PropertySelector 'State' is no JSONPath"),
        (waits(desired="running"), "DesiredValues must be a list"),
    ],
)
def test_what_aws_refuses_is_refused_with_a_reason(content: Any, text: str) -> None:
    error = refusal(content)
    assert error.code == "InvalidDocumentContent"
    assert text in error.message


@pytest.mark.parametrize(
    ("content", "named"),
    [
        *[
            (document(parameters={"Team": {"type": "String", name: "1"}}), f"{name} of the parameter Team")
            for name in ("minItems", "maxItems", "minChars", "maxChars")
        ],
        (action("runCommand", DocumentName="AWS-RunShellScript"), "the action 'aws:runCommand'"),
        (choices({"NextStep": "look", "Variable": 1, "NumericEquals": 1}), "NumericEquals of aws:branch"),
        *[
            (document(parameters={"Team": {"type": name}}), f"the type {name} of the parameter Team")
            for name in ("Integer", "Boolean", "StringMap", "MapList", "AWS::IAM::Role::Arn", "Text")
        ],
    ],
)
def test_what_is_not_modelled_is_an_error_that_names_it(content: Any, named: str) -> None:
    error = refusal(content)
    assert error.code == "NotModelled"
    assert named in error.message
