"""What the rule told Config before, and what it tells Config now."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from ssm_agent_monitor.event import ScheduledEvent
from ssm_agent_monitor.models import ComplianceType, Evaluation, Resource

RESULTS_PER_PAGE = 100
"""The most that GetComplianceDetailsByConfigRule gives."""

EVALUATIONS_PER_CALL = 100
"""The most that PutEvaluations takes."""

ATTEMPTS = 3
"""How often an evaluation is put that Config names in FailedEvaluations."""

logger = logging.getLogger(__name__)


class EvaluationsFailedError(RuntimeError):
    """Config did not take some evaluations, however often they were put."""


def last_results(config: Any, rule_name: str) -> Iterator[Resource]:
    """The resources on which the rule has a COMPLIANT or NON_COMPLIANT result, page by page.

    The filter is always passed: what comes without it is undocumented. NOT_APPLICABLE is left out, so
    that a result which was taken back once is not taken back again.
    """
    pages = config.get_paginator("get_compliance_details_by_config_rule").paginate(
        ConfigRuleName=rule_name,
        ComplianceTypes=[ComplianceType.COMPLIANT, ComplianceType.NON_COMPLIANT],
        PaginationConfig={"PageSize": RESULTS_PER_PAGE},
    )
    for page in pages:
        for result in page["EvaluationResults"]:
            qualifier = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
            yield Resource(qualifier["ResourceType"], qualifier["ResourceId"])


def put(config: Any, event: ScheduledEvent, evaluations: Sequence[Evaluation]) -> None:
    """Tell Config the evaluations, 100 a call; those that it names as failed are put again.

    Raises:
        EvaluationsFailedError: it names the resources that Config did not take in three attempts.
        botocore.exceptions.ClientError: any refusal of a call.
    """
    for start in range(0, len(evaluations), EVALUATIONS_PER_CALL):
        _put_batch(config, event, evaluations[start : start + EVALUATIONS_PER_CALL])


def _put_batch(config: Any, event: ScheduledEvent, batch: Sequence[Evaluation]) -> None:
    pending = list(batch)
    for attempt in range(1, ATTEMPTS + 1):
        answer = config.put_evaluations(
            Evaluations=[_as_config_takes_it(evaluation, event) for evaluation in pending],
            ResultToken=event.result_token,
        )
        failed = {
            (evaluation["ComplianceResourceType"], evaluation["ComplianceResourceId"])
            for evaluation in answer.get("FailedEvaluations", [])
        }
        if not failed:
            return
        pending = [
            evaluation
            for evaluation in pending
            if (evaluation.resource.resource_type, evaluation.resource.resource_id) in failed
        ]
        logger.warning(
            "Config did not take %d evaluations in attempt %d of %d", len(failed), attempt, ATTEMPTS
        )
    names = ", ".join(sorted(resource_id for _, resource_id in failed))
    raise EvaluationsFailedError(f"Config did not take the evaluations of {names} in {ATTEMPTS} attempts")


def _as_config_takes_it(evaluation: Evaluation, event: ScheduledEvent) -> dict[str, Any]:
    return {
        "ComplianceResourceType": evaluation.resource.resource_type,
        "ComplianceResourceId": evaluation.resource.resource_id,
        "ComplianceType": evaluation.compliance_type.value,
        "Annotation": evaluation.annotation,
        "OrderingTimestamp": event.triggered_at,
    }
