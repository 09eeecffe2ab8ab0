"""Makes the trimmed API models of the Lambda function from botocore's.

    python lambda_src/trim_apis.py            writes ssm_agent_monitor/apis/SERVICE/VERSION/service-2.json
    python lambda_src/trim_apis.py DIRECTORY  writes them there instead

What is kept: the operations below, and of each structure that they use the members below. A structure of
which nothing is named here is an error, so that nothing is left out by mistake.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

TARGET = Path(__file__).resolve().parent / "ssm_agent_monitor" / "apis"

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


def write(directory: Path) -> None:
    """Write the models where botocore's loader looks for them."""
    for service in OPERATIONS:
        model = trimmed(service)
        file = directory / service / model["metadata"]["apiVersion"] / "service-2.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            json.dumps(model, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8", newline="\n"
        )


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
