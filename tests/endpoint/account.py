"""One account and Region: its instances, agents, and the results that Config holds for one rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.gateway import AwsError, Call, Operation

RULE_NAME = "agent-answers"
ACCOUNT_ID = "123456789012"
RESULT_TOKEN = "token"

Item = dict[str, Any]


@dataclass
class Account:
    """State that tests set and look at, and the operations on it.

    `instances`: state by instance id. `agents`: by node id, the fields of DescribeInstanceInformation but the
    id. `results`: what Config shows for the rule, by resource type and id. `put`: each PutEvaluations call's
    evaluations. `calls`: the operation of each call. `fail_evaluations`: resource ids to name in
    FailedEvaluations, and how often.
    """

    instances: dict[str, str] = field(default_factory=dict)
    agents: dict[str, Item] = field(default_factory=dict)
    results: dict[tuple[str, str], Item] = field(default_factory=dict)
    put: list[list[Item]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fail_evaluations: dict[str, int] = field(default_factory=dict)

    def add(
        self, count: int, ping_status: str | None = "Online", state: str = "running", **agent: Any
    ) -> list[str]:
        """Add instances; with a ping status of None their agents never registered. Returns their ids."""
        ids = [f"i-{len(self.instances) + number:017x}" for number in range(count)]
        for instance_id in ids:
            self.instances[instance_id] = state
            if ping_status is not None:
                self.agents[instance_id] = {"PingStatus": ping_status, "AgentVersion": "3.3.1611.0", **agent}
        return ids

    def verdicts(self) -> dict[str, str]:
        """The compliance type of each resource by its id, as Config shows it."""
        return {resource_id: result["ComplianceType"] for (_, resource_id), result in self.results.items()}

    def operations(self) -> dict[tuple[str, str], Operation]:
        """What this account answers, by service and operation."""
        return {
            ("ec2", "DescribeInstanceStatus"): self._describe_instance_status,
            ("ssm", "DescribeInstanceInformation"): self._describe_instance_information,
            ("config", "GetComplianceDetailsByConfigRule"): self._get_compliance_details,
            ("config", "PutEvaluations"): self._put_evaluations,
        }

    def _describe_instance_status(self, call: Call) -> Item:
        running = [
            {"InstanceId": instance_id, "InstanceState": {"Code": 16, "Name": state}}
            for instance_id, state in sorted(self.instances.items())
            if state == "running"
        ]
        return _page(call, running, "InstanceStatuses", call.params.get("MaxResults", 1000), 1000)

    def _describe_instance_information(self, call: Call) -> Item:
        nodes = [{"InstanceId": node_id, **agent} for node_id, agent in sorted(self.agents.items())]
        return _page(call, nodes, "InstanceInformationList", call.params.get("MaxResults", 10), 50)

    def _get_compliance_details(self, call: Call) -> Item:
        results = [
            result
            for _, result in sorted(self.results.items())
            if result["ComplianceType"] in call.params["ComplianceTypes"]
        ]
        return _page(call, results, "EvaluationResults", call.params.get("Limit", 10), 100)

    def _put_evaluations(self, call: Call) -> Item:
        evaluations = call.params.get("Evaluations", [])
        if call.params["ResultToken"] != RESULT_TOKEN:
            raise AwsError("InvalidResultTokenException", "the result token is not valid")
        if len(evaluations) > 100:
            raise AwsError("ValidationException", "more than 100 evaluations")
        self.put.append(evaluations)
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


def _page(call: Call, items: Sequence[Item], key: str, size: int, most: int) -> Item:
    if size > most:
        raise AwsError("ValidationException", f"a page has at most {most}")
    start = int(call.params.get("NextToken") or 0)
    end = start + size
    return {key: list(items[start:end]), "NextToken": str(end) if end < len(items) else None}
