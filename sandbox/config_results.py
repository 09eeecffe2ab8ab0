"""A Config rule's results: what was put last for each resource, and what follows from all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.config_recorder import resource_types
from sandbox.gateway import AwsError

INVALID = "InvalidParameterValueException"
ACCOUNT_TYPE = "AWS::::Account"
MAXIMUM_COUNT = 25


@dataclass(frozen=True)
class Result:
    """The latest evaluation of one resource by one rule; times are aware, in UTC."""

    rule_name: str
    resource_type: str
    resource_id: str
    compliance_type: str
    annotation: str | None
    ordering_time: datetime
    recorded_time: datetime
    invoked_time: datetime

    def answer(self) -> dict[str, Any]:
        """Return it as `GetComplianceDetails…` shows it."""
        qualifier = {
            "ConfigRuleName": self.rule_name,
            "ResourceType": self.resource_type,
            "ResourceId": self.resource_id,
            "EvaluationMode": "DETECTIVE",
        }
        return {
            "EvaluationResultIdentifier": {
                "EvaluationResultQualifier": qualifier,
                "OrderingTimestamp": self.ordering_time,
            },
            "ComplianceType": self.compliance_type,
            "ResultRecordedTime": self.recorded_time,
            "ConfigRuleInvokedTime": self.invoked_time,
            **({"Annotation": self.annotation} if self.annotation else {}),
        }

    def event(self) -> dict[str, Any]:
        """Return it as a compliance event shows it."""
        shown: dict[str, Any] = _lower_camel(self.answer())
        return shown


class Results:
    """The results of one rule, by resource."""

    def __init__(self) -> None:
        self._by_resource: dict[tuple[str, str], Result] = {}

    def put(self, result: Result) -> Result | None:
        """Keep a result and return the one that it replaces."""
        key = (result.resource_type, result.resource_id)
        old = self._by_resource.get(key)
        self._by_resource[key] = result
        return old

    def clear(self) -> None:
        """Forget all results."""
        self._by_resource.clear()

    def all(self, compliance_types: list[str] | None = None) -> list[Result]:
        """Return the results of these compliance types (none: of all), ordered by resource."""
        ordered = [result for _, result in sorted(self._by_resource.copy().items())]
        return [each for each in ordered if not compliance_types or each.compliance_type in compliance_types]

    def compliance(self) -> dict[str, Any]:
        """Return the rule's compliance: NOT_APPLICABLE results alone say as little as none at all."""
        offending = len(self.all(["NON_COMPLIANT"]))
        if offending:
            count = {"CappedCount": min(offending, MAXIMUM_COUNT), "CapExceeded": offending > MAXIMUM_COUNT}
            return {"ComplianceType": "NON_COMPLIANT", "ComplianceContributorCount": count}
        return {"ComplianceType": "COMPLIANT" if self.all(["COMPLIANT"]) else "INSUFFICIENT_DATA"}


def check_evaluation(evaluation: dict[str, Any]) -> None:
    """Raise `AwsError` for an evaluation that Config does not take.

    Sizes and enumerations are checked by the API model's constraints before.
    """
    resource_type = evaluation["ComplianceResourceType"]
    if resource_type != ACCOUNT_TYPE and resource_type not in resource_types():
        raise AwsError(INVALID, f"The resource type {resource_type} is not supported.")
    if evaluation["ComplianceType"] == "INSUFFICIENT_DATA":
        raise AwsError(INVALID, "INSUFFICIENT_DATA is not a ComplianceType that can be put.")


def timestamp(moment: datetime) -> str:
    """Return a time as Config writes it in events, in UTC with milliseconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _lower_camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _lower_camel(item) for key, item in value.items()}
    return timestamp(value) if isinstance(value, datetime) else value
