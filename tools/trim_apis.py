"""Makes the trimmed API models of both Lambda functions from botocore's.

    python -m tools.trim_apis DIRECTORY

writes them into evaluator/apis and responder/apis there: SERVICE/VERSION/service-2.json and, for the
responder, paginators-1.json.

What is kept for the evaluator, which reads a whole fleet in each run: the operations below, and of each
structure that they use the members below. A structure of which nothing is named here is an error, so that
nothing is left out by mistake. For the responder, which reads a few machines, operations are kept with all
of their members: a field that a model lacks would vanish without a word, and a check of it would be wrong.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

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

DOCUMENTATION = frozenset({"documentation"})

UNUSED = DOCUMENTATION | {"box", "enum", "errors", "max", "min", "pattern", "required", "serviceAbbreviation"}
"""What the evaluator does without: it validates no parameters, and tells errors apart by their codes."""


def evaluator_model(service: str) -> dict[str, Any]:
    """The model of one service with what is named above.

    Raises:
        KeyError: botocore doesn't have what is named above, or a structure is used that isn't named.
    """
    model = Loader().load_service_model(service, "service-2")
    shapes = {name: shape for name, shape in model["shapes"].items() if shape["type"] != "structure"}
    shapes["Number"] = {"type": "double"}
    for name, kept in MEMBERS[service].items():
        members = model["shapes"][name]["members"]
        shapes[name] = {
            "type": "structure",
            "members": {
                each: {"shape": "Number"} if (name, each) in NUMBERS else members[each]
                for each in kept.split()
            },
        }
    return _trimmed(model | {"shapes": shapes}, OPERATIONS[service], UNUSED)


def responder_model(service: str) -> dict[str, Any]:
    """The model of one service with the responder's operations, and all that they hold."""
    model = Loader().load_service_model(service, "service-2")
    return _trimmed(model, RESPONDER_OPERATIONS[service], DOCUMENTATION)


def _trimmed(model: dict[str, Any], operations: Iterable[str], unused: frozenset[str]) -> dict[str, Any]:
    """A model's operations, with the shapes that they use, and without what is unused anywhere in it."""
    kept = _without(unused, {name: model["operations"][name] for name in operations})
    shapes: dict[str, Any] = {}
    for operation in kept.values():
        references = [operation[end] for end in ("input", "output") if end in operation]
        for reference in [*references, *operation.get("errors", [])]:
            _add(reference["shape"], model["shapes"], shapes)
    rest = {"version": model["version"], "metadata": model["metadata"], "shapes": shapes}
    return {"operations": kept, **_without(unused, rest)}


def _add(name: str, all_shapes: dict[str, Any], shapes: dict[str, Any]) -> None:
    """Add a shape, and those that it refers to: members of structures, parts of lists and maps."""
    if name not in shapes:
        shapes[name] = shape = all_shapes[name]
        parts = [shape[part] for part in ("member", "key", "value") if part in shape]
        for reference in [*shape.get("members", {}).values(), *parts]:
            _add(reference["shape"], all_shapes, shapes)


def _without(unused: frozenset[str], value: Any) -> Any:
    """A value without these keys, however deep; what holds an object is a member that is called so."""
    if isinstance(value, list):
        return [_without(unused, each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without(unused, inner)
        for key, inner in value.items()
        if key not in unused or isinstance(inner, dict)
    }


def paginators(service: str) -> dict[str, Any]:
    """How the pages of the responder's operations are read, of those that have pages."""
    known = Loader().load_service_model(service, "paginators-1")["pagination"]
    return {"pagination": {name: known[name] for name in RESPONDER_OPERATIONS[service] if name in known}}


def write(directory: Path) -> None:
    """Write the models where botocore's loader looks for them."""
    for service in OPERATIONS:
        _write(directory / "evaluator", service, {"service-2": evaluator_model(service)})
    for service in RESPONDER_OPERATIONS:
        files = {"service-2": responder_model(service), "paginators-1": paginators(service)}
        _write(directory / "responder", service, files)


def _write(room: Path, service: str, files: dict[str, dict[str, Any]]) -> None:
    folder = room / "apis" / service / files["service-2"]["metadata"]["apiVersion"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        text = json.dumps(content, separators=(",", ":"), sort_keys=True) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
