"""AWS Config: the results of rules and the recorder. Facts: the API reference's pages of these operations."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass

from .calls import AwsError, Operation, Parameters, Record, only, page
from .fleet import Fleet

INSTANCE = "AWS::EC2::Instance"
JUDGED = ("COMPLIANT", "NON_COMPLIANT")
RESULTS_PER_PAGE = 100
DEFAULT_PAGE = 10
EVALUATIONS_PER_CALL = 100


@dataclass(frozen=True, slots=True)
class Result:
    """A rule's verdict on a resource, and the entry that stands for it in answers."""

    compliance_type: str
    entry: bytes


class Config:
    """The operations of Config on the results of any number of rules.

    A rule's result token is its name: that is how PutEvaluations finds it.
    """

    def __init__(self, fleet: Fleet) -> None:
        self.record = Record()
        self._fleet = fleet
        self._results: defaultdict[str, dict[tuple[str, str], Result]] = defaultdict(dict)
        self._pages_of: list[bytes] = []
        self.operations: dict[str, Operation] = {
            "GetComplianceDetailsByConfigRule": self._results_of_rule,
            "PutEvaluations": self._put_evaluations,
            "DescribeConfigurationRecorders": self._recorders,
            "DescribeConfigurationRecorderStatus": self._recorder_status,
        }

    def forget(self, rule: str) -> None:
        """Delete a rule's results."""
        self._results[rule].clear()

    def wrong_verdicts(self, rule: str) -> int:
        """How many running instances have another result than the right one, or others have any."""
        judged = {
            resource_id: result.compliance_type
            for (resource_type, resource_id), result in self._results[rule].items()
            if resource_type == INSTANCE and result.compliance_type in JUDGED
        }
        right = self._fleet.verdicts
        return sum(judged.get(key) != right.get(key) for key in judged.keys() | right.keys())

    def _results_of_rule(self, parameters: Parameters) -> bytes:
        only(parameters, "ConfigRuleName", "ComplianceTypes", "Limit", "NextToken")
        self.record.count("GetComplianceDetailsByConfigRule", "results")
        if not parameters.get("NextToken"):  # what is put meanwhile doesn't move the pages of this reading
            types = parameters["ComplianceTypes"]
            results = self._results[parameters["ConfigRuleName"]].values()
            self._pages_of = [result.entry for result in results if result.compliance_type in types]
        limit = parameters.get("Limit") or DEFAULT_PAGE
        part, token = page(self._pages_of, parameters.get("NextToken"), limit, 1, RESULTS_PER_PAGE)
        tail = b"]" + (f', "NextToken": "{token}"' if token else "").encode() + b"}"
        return b'{"EvaluationResults": [' + b", ".join(part) + tail

    def _put_evaluations(self, parameters: Parameters) -> bytes:
        only(parameters, "Evaluations", "ResultToken", "TestMode")
        self.record.count("PutEvaluations", "put")
        evaluations = parameters.get("Evaluations", [])
        if len(evaluations) > EVALUATIONS_PER_CALL:
            raise AwsError("ValidationException", f"at most {EVALUATIONS_PER_CALL} evaluations")
        rule = parameters["ResultToken"]
        for evaluation in evaluations:
            key = (evaluation["ComplianceResourceType"], evaluation["ComplianceResourceId"])
            self._results[rule][key] = _result(rule, key, evaluation)
        self.record.evaluations += len(evaluations)
        return b'{"FailedEvaluations": []}'

    def _recorders(self, _parameters: Parameters) -> bytes:
        self.record.count("DescribeConfigurationRecorders", "fixed")
        recorder = {
            "name": "default",
            "recordingGroup": {
                "allSupported": False,
                "includeGlobalResourceTypes": False,
                "resourceTypes": [INSTANCE],
                "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"},
            },
        }
        return json.dumps({"ConfigurationRecorders": [recorder]}).encode()

    def _recorder_status(self, _parameters: Parameters) -> bytes:
        self.record.count("DescribeConfigurationRecorderStatus", "fixed")
        status = {"name": "default", "recording": True, "lastStatus": "SUCCESS"}
        return json.dumps({"ConfigurationRecordersStatus": [status]}).encode()


def _result(rule: str, key: tuple[str, str], evaluation: Parameters) -> Result:
    qualifier = {
        "ConfigRuleName": rule,
        "ResourceType": key[0],
        "ResourceId": key[1],
        "EvaluationMode": "DETECTIVE",
    }
    time = evaluation["OrderingTimestamp"]
    entry = {
        "EvaluationResultIdentifier": {"EvaluationResultQualifier": qualifier, "OrderingTimestamp": time},
        "ComplianceType": evaluation["ComplianceType"],
        "ResultRecordedTime": time,
        "ConfigRuleInvokedTime": time,
    }
    if "Annotation" in evaluation:
        entry["Annotation"] = evaluation["Annotation"]
    return Result(evaluation["ComplianceType"], json.dumps(entry).encode())
