"""Makes the trimmed API models of both Lambda functions from botocore's.

    python lambda_src/trim_apis.py            writes evaluator/apis and responder/apis in ssm_agent_monitor
    python lambda_src/trim_apis.py DIRECTORY  writes them there instead

In each of them the files are SERVICE/VERSION/service-2.json and, for the responder, paginators-1.json.

What is kept for the evaluator, which reads a whole fleet in each run: the operations below, and of each
structure that they use the members below. A structure of which nothing is named here is an error, so that
nothing is left out by mistake. For the responder, which reads a few machines, operations are kept with all
of their members: a field that a model lacks would vanish without a word, and a check of it would be wrong.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

TARGET = Path(__file__).resolve().parent / "ssm_agent_monitor"

OPERATIONS = {
    "config": [
        "DescribeConfigRuleEvaluationStatus",
        "DescribeConfigurationRecorders",
        "DescribeConfigurationRecorderStatus",
        "GetComplianceDetailsByConfigRule",
        "PutEvaluations",
    ],
    "ec2": ["DescribeInstances", "DescribeInstanceStatus", "DescribeTags"],
    "events": ["PutEvents"],
    "ssm": ["DescribeInstanceInformation", "GetServiceSetting"],
}

MEMBERS = {
    "config": {
        "ConfigRuleEvaluationStatus": "FirstEvaluationStarted LastSuccessfulEvaluationTime",
        "ConfigurationRecorder": "name recordingGroup recordingMode",
        "ConfigurationRecorderStatus": "name recording",
        "DescribeConfigRuleEvaluationStatusRequest": "ConfigRuleNames",
        "DescribeConfigRuleEvaluationStatusResponse": "ConfigRulesEvaluationStatus",
        "DescribeConfigurationRecordersRequest": "",
        "DescribeConfigurationRecordersResponse": "ConfigurationRecorders",
        "DescribeConfigurationRecorderStatusRequest": "",
        "DescribeConfigurationRecorderStatusResponse": "ConfigurationRecordersStatus",
        "Evaluation": (
            "Annotation ComplianceResourceId ComplianceResourceType ComplianceType OrderingTimestamp"
        ),
        "EvaluationResult": "Annotation ComplianceType EvaluationResultIdentifier",
        "EvaluationResultIdentifier": "EvaluationResultQualifier OrderingTimestamp",
        "EvaluationResultQualifier": "ConfigRuleName ResourceId ResourceType",
        "ExclusionByResourceTypes": "resourceTypes",
        "GetComplianceDetailsByConfigRuleRequest": "ComplianceTypes ConfigRuleName Limit NextToken",
        "GetComplianceDetailsByConfigRuleResponse": "EvaluationResults NextToken",
        "PutEvaluationsRequest": "Evaluations ResultToken",
        "PutEvaluationsResponse": "FailedEvaluations",
        "RecordingGroup": "allSupported exclusionByResourceTypes recordingStrategy resourceTypes",
        "RecordingMode": "recordingFrequency recordingModeOverrides",
        "RecordingModeOverride": "recordingFrequency resourceTypes",
        "RecordingStrategy": "useOnly",
    },
    "ec2": {
        "DescribeInstanceStatusRequest": "InstanceIds MaxResults NextToken",
        "DescribeInstanceStatusResult": "InstanceStatuses NextToken",
        "DescribeInstancesRequest": "Filters MaxResults NextToken",
        "DescribeInstancesResult": "NextToken Reservations",
        "DescribeTagsRequest": "Filters MaxResults NextToken",
        "DescribeTagsResult": "NextToken Tags",
        "Filter": "Name Values",
        "IamInstanceProfile": "Arn",
        "Instance": "IamInstanceProfile InstanceId LaunchTime MetadataOptions Operator Platform",
        "InstanceMetadataOptionsResponse": "HttpEndpoint",
        "InstanceState": "Name",
        "InstanceStatus": "InstanceId InstanceState Operator",
        "OperatorResponse": "Managed",
        "Reservation": "Instances",
        "TagDescription": "Key ResourceId Value",
    },
    "events": {
        "PutEventsRequest": "Entries",
        "PutEventsRequestEntry": "Detail DetailType Source",
        "PutEventsResponse": "Entries FailedEntryCount",
        "PutEventsResultEntry": "ErrorCode ErrorMessage EventId",
    },
    "ssm": {
        "DescribeInstanceInformationRequest": "Filters MaxResults NextToken",
        "DescribeInstanceInformationResult": "InstanceInformationList NextToken",
        "GetServiceSettingRequest": "SettingId",
        "GetServiceSettingResult": "ServiceSetting",
        "InstanceInformation": (
            "AgentVersion InstanceId LastPingDateTime PingStatus PlatformName PlatformType PlatformVersion"
        ),
        "InstanceInformationStringFilter": "Key Values",
        "ServiceSetting": "SettingValue Status",
    },
}

RESPONDER_OPERATIONS = {
    "autoscaling": ["DescribeAutoScalingInstances"],
    "config": [
        "DescribeConfigRuleEvaluationStatus",
        "GetComplianceDetailsByConfigRule",
        "GetResourceConfigHistory",
    ],
    "ec2": [
        "DescribeDhcpOptions",
        "DescribeIamInstanceProfileAssociations",
        "DescribeInstanceStatus",
        "DescribeInstances",
        "DescribeNatGateways",
        "DescribeNetworkAcls",
        "DescribeRouteTables",
        "DescribeSecurityGroups",
        "DescribeSubnets",
        "DescribeVpcAttribute",
        "DescribeVpcEndpoints",
        "DescribeVpcs",
        "GetConsoleOutput",
        "GetManagedPrefixListEntries",
    ],
    "iam": ["GetInstanceProfile", "GetRole", "SimulatePrincipalPolicy"],
    "sns": ["Publish"],
    "sqs": ["GetQueueAttributes"],
    "ssm": [
        "DescribeActivations",
        "DescribeAutomationExecutions",
        "DescribeAutomationStepExecutions",
        "DescribeInstanceInformation",
        "GetServiceSetting",
    ],
}

NUMBERS = {("EvaluationResultIdentifier", "OrderingTimestamp"), ("InstanceInformation", "LastPingDateTime")}
"""Times in answers that stay the numbers that JSON has: most of them nobody reads."""

NUMBER = {"type": "double"}

KEPT_OF_SHAPES = ("type", "members", "member", "locationName", "flattened", "exception", "error")


def trimmed(service: str) -> dict[str, Any]:
    """The model of one service.

    Raises:
        KeyError: botocore doesn't have what is named above, or a structure is used that isn't named.
    """
    model = Loader().load_service_model(service, "service-2")
    shapes: dict[str, Any] = {}
    operations = {name: _operation(model["operations"][name]) for name in OPERATIONS[service]}
    for operation in operations.values():
        for end in ("input", "output"):
            _add(operation[end]["shape"], model["shapes"], MEMBERS[service], shapes)
    metadata = {name: value for name, value in model["metadata"].items() if name != "serviceAbbreviation"}
    return {"version": "2.0", "metadata": metadata, "operations": operations, "shapes": shapes}


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    return {name: operation[name] for name in ("name", "http", "input", "output")}


def _add(name: str, all_shapes: dict[str, Any], members: dict[str, str], shapes: dict[str, Any]) -> None:
    """Add a shape, and those that it refers to."""
    if name in shapes:
        return
    shape = {key: value for key, value in all_shapes[name].items() if key in KEPT_OF_SHAPES}
    shapes[name] = shape
    if shape["type"] == "structure":
        shape["members"] = {
            member: _reference(name, member, shape["members"][member]) for member in members[name].split()
        }
        references = list(shape["members"].values())
    elif shape["type"] == "list":
        shape["member"] = _kept(shape["member"])
        references = [shape["member"]]
    else:
        references = []
    for reference in references:
        if reference["shape"] == "Number":
            shapes["Number"] = NUMBER
        else:
            _add(reference["shape"], all_shapes, members, shapes)


def _reference(shape: str, member: str, reference: dict[str, Any]) -> dict[str, Any]:
    return {"shape": "Number"} if (shape, member) in NUMBERS else _kept(reference)


def _kept(reference: dict[str, Any]) -> dict[str, Any]:
    return {key: reference[key] for key in ("shape", "locationName", "queryName") if key in reference}


def whole(service: str) -> dict[str, Any]:
    """The model of one service with the responder's operations, and all that they hold."""
    model = Loader().load_service_model(service, "service-2")
    operations = {name: model["operations"][name] for name in RESPONDER_OPERATIONS[service]}
    shapes: dict[str, Any] = {}
    for operation in operations.values():
        references = [operation[end] for end in ("input", "output") if end in operation]
        for reference in [*references, *operation.get("errors", [])]:
            _add_whole(reference["shape"], model["shapes"], shapes)
    kept = {"version": "2.0", "metadata": model["metadata"], "operations": operations, "shapes": shapes}
    return dict(_without_documentation(kept))


def _add_whole(name: str, all_shapes: dict[str, Any], shapes: dict[str, Any]) -> None:
    if name in shapes:
        return
    shapes[name] = shape = all_shapes[name]
    references = [*shape.get("members", {}).values(), *(shape[key] for key in PARTS if key in shape)]
    for reference in references:
        _add_whole(reference["shape"], all_shapes, shapes)


PARTS = ("member", "key", "value")
"""Of lists and maps."""


def _without_documentation(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_documentation(inner)
            for key, inner in value.items()
            if key != "documentation" or not isinstance(inner, str)
        }
    return [_without_documentation(inner) for inner in value] if isinstance(value, list) else value


def paginators(service: str) -> dict[str, Any]:
    """How the pages of the responder's operations are read, of those that have pages."""
    known = Loader().load_service_model(service, "paginators-1")["pagination"]
    return {"pagination": {name: known[name] for name in RESPONDER_OPERATIONS[service] if name in known}}


def write(directory: Path) -> None:
    """Write the models where botocore's loader looks for them."""
    for service in OPERATIONS:
        model = trimmed(service)
        folder = directory / "evaluator" / "apis" / service / model["metadata"]["apiVersion"]
        _write(folder / "service-2.json", model)
    for service in RESPONDER_OPERATIONS:
        model = whole(service)
        folder = directory / "responder" / "apis" / service / model["metadata"]["apiVersion"]
        _write(folder / "service-2.json", model)
        _write(folder / "paginators-1.json", paginators(service))


def _write(file: Path, content: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, separators=(",", ":"), sort_keys=True) + "\n"
    file.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
