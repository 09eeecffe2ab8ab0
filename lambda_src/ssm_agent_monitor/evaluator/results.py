"""What the rule told Config before, and what it tells Config now."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from ssm_agent_monitor.evaluator.event import ScheduledEvent
from ssm_agent_monitor.evaluator.models import ComplianceType, Evaluation, LastResult, Resource, ResourceType
from ssm_agent_monitor.evaluator.workers import WAITS_SECONDS, Workers, blocks
from ssm_agent_monitor.shared.annotation import cause_of
from ssm_agent_monitor.shared.trimmed_apis import time_of

if TYPE_CHECKING:
    from mypy_boto3_config import ConfigServiceClient

RESULTS_PER_PAGE = 100
"""The most that GetComplianceDetailsByConfigRule gives."""

EVALUATIONS_PER_CALL = 100
"""The most that PutEvaluations takes."""

RESOURCE_TYPES = {each.value: each for each in ResourceType}

logger = logging.getLogger(__name__)


class EvaluationsFailedError(RuntimeError):
    """Config did not take some evaluations, however often they were put."""


class Results:
    """Reads and writes one rule's results with a boto3 client for Config.

    A failure of a call raises (botocore's ClientError and BotoCoreError), but for `is_first`: an error
    while last results are read never turns into "nothing changed".
    """

    def __init__(self, workers: Workers, config: ConfigServiceClient, event: ScheduledEvent) -> None:
        self._workers = workers
        self._config = config
        self._event = event

    def last(self) -> dict[Resource, LastResult]:
        """The rule's COMPLIANT and NON_COMPLIANT results, page after page in one stream.

        The filter is always passed: what comes without it is undocumented. NOT_APPLICABLE is left out, so
        that a result which was taken back once is not taken back again.
        """
        pages = self._config.get_paginator("get_compliance_details_by_config_rule").paginate(
            ConfigRuleName=self._event.rule_name,
            ComplianceTypes=[ComplianceType.COMPLIANT.value, ComplianceType.NON_COMPLIANT.value],
            PaginationConfig={"PageSize": RESULTS_PER_PAGE},
        )
        return dict(self._read(pages))

    def is_first(self) -> bool:
        """Whether Config says that the rule has never evaluated; if that can't be read, it has."""
        return self._workers.optional(self._workers.submit(self._never_evaluated)) or False

    def put(self, evaluations: Sequence[Evaluation]) -> None:
        """Tell Config the evaluations, 100 a call, calls side by side; one empty list if there are none.

        Those on hybrid nodes go in batches of their own, after the others have been taken: that Config takes
        a node which it has never recorded is unconfirmed, and its refusal must not lose an instance's result.

        Raises:
            EvaluationsFailedError: it names the resources that Config did not take in three attempts.
            OutOfTimeError: the time is nearly over; the calls that were made stay made.
        """
        node = ResourceType.MANAGED_NODE
        nodes = [each for each in evaluations if each.resource.resource_type is node]
        others = [each for each in evaluations if each.resource.resource_type is not node]
        for group in (others, nodes) if others and nodes else (evaluations,):
            batches = blocks(group, EVALUATIONS_PER_CALL) or [()]
            self._workers.results([self._workers.submit(self._put_batch, batch) for batch in batches])

    def _never_evaluated(self) -> bool:
        [status] = self._config.describe_config_rule_evaluation_status(
            ConfigRuleNames=[self._event.rule_name]
        )["ConfigRulesEvaluationStatus"]
        return not (status.get("FirstEvaluationStarted") or status.get("LastSuccessfulEvaluationTime"))

    def _read(self, pages: Any) -> Iterator[tuple[Resource, LastResult]]:
        last_result = cache(self._last_result)  # there are few different ones
        for page in pages:
            for result in page["EvaluationResults"]:
                identifier = result["EvaluationResultIdentifier"]
                qualifier = identifier["EvaluationResultQualifier"]
                resource_type = RESOURCE_TYPES.get(qualifier["ResourceType"])
                if resource_type and qualifier["ConfigRuleName"] == self._event.rule_name:
                    text, triggered_at = result.get("Annotation", ""), identifier.get("OrderingTimestamp")
                    last = last_result(result["ComplianceType"], text, triggered_at)
                    yield Resource(resource_type, qualifier["ResourceId"]), last
            self._workers.count("results", len(page["EvaluationResults"]))
            self._workers.check()

    def _last_result(
        self, compliance_type: str, text: str, triggered_at: datetime | float | None
    ) -> LastResult:
        """A result as Config shows it; one without a time counts as older than this run."""
        time_of_run = time_of(triggered_at) or self._event.triggered_at
        return LastResult(ComplianceType(compliance_type), cause_of(text), time_of_run, text)

    def _put_batch(self, batch: Sequence[Evaluation]) -> None:
        pending = list(batch)
        for wait in (*WAITS_SECONDS, None):
            failed = self._put(pending)
            self._workers.count("evaluations", len(pending) - len(failed))
            if not failed:
                return
            pending = [evaluation for evaluation in pending if evaluation.resource in failed]
            if wait is None or not pending:
                break
            logger.warning("Config did not take %d evaluations; they are put again", len(failed))
            time.sleep(wait)
            self._workers.check()
        names = ", ".join(sorted(resource.resource_id for resource in failed))
        raise EvaluationsFailedError(
            f"Config did not take the evaluations of {names} in {len(WAITS_SECONDS) + 1} attempts"
        )

    def _put(self, evaluations: Sequence[Evaluation]) -> set[Resource]:
        """Put them once; returns those that Config did not take."""
        answer = self._config.put_evaluations(
            Evaluations=[
                {
                    "ComplianceResourceType": each.resource.resource_type.value,
                    "ComplianceResourceId": each.resource.resource_id,
                    "ComplianceType": each.compliance_type.value,
                    "Annotation": each.annotation,
                    "OrderingTimestamp": self._event.triggered_at,
                }
                for each in evaluations
            ],
            ResultToken=self._event.result_token,
        )
        return {
            Resource(RESOURCE_TYPES[failed["ComplianceResourceType"]], failed["ComplianceResourceId"])
            for failed in answer.get("FailedEvaluations", [])
        }
