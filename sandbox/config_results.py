"""A Config rule's results: what it may report, and how AWS shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.config_recorder import resource_types
from sandbox.gateway import AwsError

INVALID = "InvalidParameterValueException"
ACCOUNT_TYPE = "AWS::::Account"


def check_evaluation(evaluation: dict[str, Any]) -> None:
    """Raise `AwsError` for an evaluation that Config does not take.

    Sizes and enumerations are checked by the API model's constraints before.
    """
    resource_type = evaluation["ComplianceResourceType"]
    if resource_type != ACCOUNT_TYPE and resource_type not in resource_types():
        raise AwsError(INVALID, f"The resource type {resource_type} is not supported.")
    if evaluation["ComplianceType"] == "INSUFFICIENT_DATA":
        raise AwsError(INVALID, "INSUFFICIENT_DATA is not a ComplianceType that can be put.")


def result_of(
    evaluation: dict[str, Any], rule_name: str, invoked: datetime, recorded: datetime
) -> dict[str, Any]:
    """Return the result that an evaluation leaves, as `GetComplianceDetails…` shows it; times are in UTC."""
    qualifier = {
        "ConfigRuleName": rule_name,
        "ResourceType": evaluation["ComplianceResourceType"],
        "ResourceId": evaluation["ComplianceResourceId"],
        "EvaluationMode": "DETECTIVE",
    }
    return {
        "EvaluationResultIdentifier": {
            "EvaluationResultQualifier": qualifier,
            "OrderingTimestamp": evaluation["OrderingTimestamp"].astimezone(UTC),
        },
        "ComplianceType": evaluation["ComplianceType"],
        "ResultRecordedTime": recorded,
        "ConfigRuleInvokedTime": invoked,
        **({"Annotation": evaluation["Annotation"]} if evaluation.get("Annotation") else {}),
    }


def as_in_event(value: Any) -> Any:
    """Return a result as a compliance event shows it: camelCase, times as text."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: as_in_event(item) for key, item in value.items()}
    return timestamp(value) if isinstance(value, datetime) else value


def timestamp(moment: datetime) -> str:
    """Return a time as Config writes it in events, in UTC with milliseconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
