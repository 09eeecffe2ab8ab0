"""One account and Region: its instances, agents, and the results that Config holds for one rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.gateway import AwsError, Call, Operation

RULE_NAME = "agent-answers"
ACCOUNT_ID = "123456789012"
RESULT_TOKEN = "token"

INSTANCES_PER_PAGE = 1000

Item = dict[str, Any]

DESCRIPTION: Item = {
    "LaunchTime": datetime(2026, 1, 12, tzinfo=UTC),
    "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/application"},
    "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required"},
    "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "Groups": [{"GroupId": "sg-1"}]}],
    "SecurityGroups": [{"GroupId": "sg-1"}],
    "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-1"}}],
    "Tags": [{"Key": "Name", "Value": "application"}],
}
"""What DescribeInstances says of an instance, unless a test says otherwise."""

RECORDER: Item = {
    "name": "default",
    "recordingGroup": {
        "allSupported": True,
        "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
    },
    "recordingMode": {"recordingFrequency": "CONTINUOUS"},
}


@dataclass
class Account:
    """State that tests set and look at, and the operations on it.

    - `instances`: state by instance id. `descriptions`: by instance id, fields of DescribeInstances that
      differ from DESCRIPTION; None leaves one out. `tags`: values by key and instance id.
    - `service_managed`: the instances that a service operates; `shows_service_managed`: the account's
      setting, without which EC2 doesn't list them.
    - `agents`: by instance or node id, the fields of DescribeInstanceInformation but the id.
      `default_host_management`: the setting's role, if it is on.
    - `recorders`, `recorder_status`: what Config says of recorders. `results`: what Config shows for the
      rule, by resource type and id; `has_evaluated`: whether it says that the rule ever did.
    - `put`: each PutEvaluations call's evaluations. `calls`: the operation of each call.
    - Faults: `fail_evaluations`: resource ids to name in FailedEvaluations, and how often. `refused_ids`: ids
      with which Systems Manager refuses a filter. `empty_first_pages`: operations whose first page is empty
      and has a token. `endless_pages`: each page leads to itself.
    """

    instances: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, Item] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    agents: dict[str, Item] = field(default_factory=dict)
    service_managed: set[str] = field(default_factory=set)
    shows_service_managed: bool = True
    default_host_management: str | None = None
    recorders: list[Item] = field(default_factory=lambda: [RECORDER])
    recorder_status: list[Item] = field(default_factory=lambda: [{"name": "default", "recording": True}])
    results: dict[tuple[str, str], Item] = field(default_factory=dict)
    has_evaluated: bool = False
    put: list[list[Item]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fail_evaluations: dict[str, int] = field(default_factory=dict)
    refused_ids: frozenset[str] = frozenset()
    empty_first_pages: frozenset[str] = frozenset()
    endless_pages: bool = False
    added: int = 0

    def add(
        self, count: int, ping_status: str | None = "Online", state: str = "running", **agent: Any
    ) -> list[str]:
        """Add instances; with a ping status of None their agents never registered. Returns their ids."""
        ids = [f"i-{self.added + number:017x}" for number in range(count)]
        self.added += count
        for instance_id in ids:
            self.instances[instance_id] = state
            if ping_status is not None:
                self.agents[instance_id] = {"PingStatus": ping_status, "AgentVersion": "3.3.1611.0", **agent}
        return ids

    def add_nodes(self, count: int, ping_status: str = "Online", **agent: Any) -> list[str]:
        """Add hybrid nodes. Returns their ids."""
        ids = [f"mi-{self.added + number:017x}" for number in range(count)]
        self.added += count
        for node_id in ids:
            self.agents[node_id] = {"PingStatus": ping_status, "AgentVersion": "3.3.1611.0", **agent}
        return ids

    def verdicts(self) -> dict[str, str]:
        """The compliance type of each resource by its id, as Config shows it."""
        return {resource_id: result["ComplianceType"] for (_, resource_id), result in self.results.items()}

    def annotation(self, resource_id: str) -> str:
        """The annotation of a resource's result, as Config shows it."""
        [text] = [result["Annotation"] for (_, each), result in self.results.items() if each == resource_id]
        return str(text)

    def operations(self) -> dict[tuple[str, str], Operation]:
        """What this account answers, by service and operation."""
        return {
            ("ec2", "DescribeInstanceStatus"): self._describe_instance_status,
            ("ec2", "DescribeInstances"): self._describe_instances,
            ("ec2", "DescribeTags"): self._describe_tags,
            ("ssm", "DescribeInstanceInformation"): self._describe_instance_information,
            ("ssm", "GetServiceSetting"): self._get_service_setting,
            ("config", "DescribeConfigurationRecorders"): self._describe_recorders,
            ("config", "DescribeConfigurationRecorderStatus"): self._describe_recorder_status,
            ("config", "GetComplianceDetailsByConfigRule"): self._get_compliance_details,
            ("config", "DescribeConfigRuleEvaluationStatus"): self._describe_evaluation_status,
            ("config", "PutEvaluations"): self._put_evaluations,
        }

    def _describe_instance_status(self, call: Call) -> Item:
        running = [
            {"InstanceId": each, "InstanceState": {"Code": 16, "Name": state}, **self._operator(each)}
            for each, state in sorted(self.instances.items())
            if state == "running" and self._is_listed(each)
        ]
        size = min(call.params.get("MaxResults", 1000), INSTANCES_PER_PAGE)
        return self._page(call, running, "InstanceStatuses", size, 1000)

    def _describe_instances(self, call: Call) -> Item:
        filters = {each["Name"]: each["Values"] for each in call.params["Filters"]}
        ids, states = filters.pop("instance-id"), filters.pop("instance-state-name")
        if filters or len(ids) > 100:
            raise AwsError("NotModelled", "other filters, or more than 100 ids")
        described = [
            {"InstanceId": each, **DESCRIPTION, **self._operator(each), **self.descriptions.get(each, {})}
            for each in ids
            if self.instances.get(each) in states and self._is_listed(each)
        ]
        items = [{key: value for key, value in each.items() if value is not None} for each in described]
        size = min(call.params["MaxResults"], INSTANCES_PER_PAGE)
        page = self._page(call, items, "Instances", size, 1000)
        return {"Reservations": [{"Instances": page["Instances"]}], "NextToken": page["NextToken"]}

    def _is_listed(self, instance_id: str) -> bool:
        return self.shows_service_managed or instance_id not in self.service_managed

    def _operator(self, instance_id: str) -> Item:
        managed = instance_id in self.service_managed
        return {"Operator": {"Managed": managed, **({"Principal": "eks.amazonaws.com"} if managed else {})}}

    def _describe_tags(self, call: Call) -> Item:
        filters = {each["Name"]: each["Values"] for each in call.params["Filters"]}
        if filters.keys() != {"key", "resource-type"} or filters["resource-type"] != ["instance"]:
            raise AwsError("NotModelled", f"the filters {filters}")
        [key] = filters["key"]
        items = [
            {"Key": key, "Value": value, "ResourceId": instance_id, "ResourceType": "instance"}
            for instance_id, value in sorted(self.tags.get(key, {}).items())
        ]
        size = min(call.params["MaxResults"], INSTANCES_PER_PAGE)
        return self._page(call, items, "Tags", size, 1000)

    def _get_service_setting(self, call: Call) -> Item:
        role = self.default_host_management
        setting = {"SettingId": call.params["SettingId"], "SettingValue": role or "$None"}
        return {"ServiceSetting": {**setting, "Status": "Customized" if role else "Default"}}

    def _describe_recorders(self, _call: Call) -> Item:
        return {"ConfigurationRecorders": self.recorders}

    def _describe_recorder_status(self, _call: Call) -> Item:
        return {"ConfigurationRecordersStatus": self.recorder_status}

    def _describe_instance_information(self, call: Call) -> Item:
        filters = {each["Key"]: each["Values"] for each in call.params.get("Filters", [])}
        wanted = filters.get("InstanceIds", [])
        hybrid_only = filters.get("ResourceType") == ["ManagedInstance"]
        if any(node_id in self.refused_ids for node_id in wanted):
            raise AwsError("InvalidInstanceId", "The specified instance ID is not valid.")
        nodes = [
            {"InstanceId": node_id, **agent}
            for node_id, agent in sorted(self.agents.items())
            if (not wanted or node_id in wanted) and (not hybrid_only or node_id.startswith("mi-"))
        ]
        return self._page(call, nodes, "InstanceInformationList", call.params.get("MaxResults", 10), 50)

    def _get_compliance_details(self, call: Call) -> Item:
        results = [
            result
            for _, result in sorted(self.results.items())
            if result["ComplianceType"] in call.params["ComplianceTypes"]
        ]
        return self._page(call, results, "EvaluationResults", call.params.get("Limit", 10), 100)

    def _describe_evaluation_status(self, call: Call) -> Item:
        [rule] = call.params["ConfigRuleNames"]
        status = {"ConfigRuleName": rule, "FirstEvaluationStarted": self.has_evaluated}
        return {"ConfigRulesEvaluationStatus": [status]}

    def _put_evaluations(self, call: Call) -> Item:
        evaluations = call.params.get("Evaluations", [])
        if call.params["ResultToken"] != RESULT_TOKEN:
            raise AwsError("InvalidResultTokenException", "the result token is not valid")
        if len(evaluations) > 100:
            raise AwsError("ValidationException", "more than 100 evaluations")
        self.put.append(evaluations)
        self.has_evaluated = True
        failed = [evaluation for evaluation in evaluations if self._fails(evaluation["ComplianceResourceId"])]
        for evaluation in evaluations:
            if evaluation not in failed:
                self._record(evaluation)
        return {"FailedEvaluations": failed}

    def _fails(self, resource_id: str) -> bool:
        left = self.fail_evaluations.get(resource_id, 0)
        self.fail_evaluations[resource_id] = left - 1
        return left > 0

    def _record(self, evaluation: Item) -> None:
        key = (evaluation["ComplianceResourceType"], evaluation["ComplianceResourceId"])
        qualifier = {"ConfigRuleName": RULE_NAME, "ResourceType": key[0], "ResourceId": key[1]}
        self.results[key] = {
            "EvaluationResultIdentifier": {
                "EvaluationResultQualifier": qualifier,
                "OrderingTimestamp": evaluation["OrderingTimestamp"],
            },
            "ComplianceType": evaluation["ComplianceType"],
            "Annotation": evaluation.get("Annotation"),
        }

    def _page(self, call: Call, items: Sequence[Item], key: str, size: int, most: int) -> Item:
        if not 1 <= size <= most:
            raise AwsError("ValidationException", f"a page has 1 to {most}")
        token = call.params.get("NextToken")
        if token is None and call.operation in self.empty_first_pages:
            return {key: [], "NextToken": "0"}
        start = int(token or 0)
        end = start + size
        following = str(start if self.endless_pages else end) if end < len(items) else None
        return {key: list(items[start:end]), "NextToken": following}
