"""What the rule told Config before, and what it tells Config now."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from sys import intern
from typing import Any

from ssm_agent_monitor import causes
from ssm_agent_monitor.event import ScheduledEvent
from ssm_agent_monitor.models import ACCOUNT, NODE, ComplianceType, Evaluation, LastResult, Resource
from ssm_agent_monitor.workers import Workers

RESULTS_PER_PAGE = 100
"""The most that GetComplianceDetailsByConfigRule gives."""

EVALUATIONS_PER_CALL = 100
"""The most that PutEvaluations takes."""

WAITS_SECONDS = (0.5, 2.0)
"""How long to wait before evaluations are put again that Config named in FailedEvaluations."""

logger = logging.getLogger(__name__)


class EvaluationsFailedError(RuntimeError):
    """Config did not take some evaluations, however often they were put."""


class Reporter:
    """Reads and writes one rule's results with a boto3 client for Config.

    Any failure of a call raises (botocore's ClientError and BotoCoreError): an error while last results
    are read never turns into "nothing changed". `results` and `evaluations` count what was read and put
    so far.
    """

    def __init__(self, workers: Workers, config: Any, event: ScheduledEvent) -> None:
        self._workers = workers
        self._config = config
        self._event = event
        self.results = 0
        self.evaluations = 0

    def last_results(self) -> dict[Resource, LastResult]:
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

    def account_result(self) -> dict[Resource, LastResult]:
        """The rule's result on the account, if there is one: asked only when nothing runs."""
        pages = self._config.get_paginator("get_compliance_details_by_resource").paginate(
            ResourceType=ACCOUNT,
            ResourceId=self._event.account_id,
            ComplianceTypes=[ComplianceType.NOT_APPLICABLE.value],
        )
        return dict(self._read(pages))

    def put(self, evaluations: Sequence[Evaluation]) -> None:
        """Tell Config the evaluations, 100 a call, calls side by side; one empty list if there are none.

        Those on hybrid nodes go in batches of their own, after the others have been taken: that Config takes
        a node which it has never recorded is unconfirmed, and its refusal must not lose an instance's result.

        Raises:
            EvaluationsFailedError: it names the resources that Config did not take in three attempts.
            OutOfTimeError: the time is nearly over; the calls that were made stay made.
        """
        nodes = [each for each in evaluations if each.resource.resource_type == NODE]
        others = [each for each in evaluations if each.resource.resource_type != NODE]
        if others or not nodes:
            self._put_side_by_side(others)
        if nodes:
            self._put_side_by_side(nodes)

    def _read(self, pages: Any) -> Iterator[tuple[Resource, LastResult]]:
        shared: dict[LastResult, LastResult] = {}  # there are few different ones
        for page in pages:
            for result in page["EvaluationResults"]:
                qualifier = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
                if qualifier["ConfigRuleName"] == self._event.rule_name:
                    verdict = ComplianceType(result["ComplianceType"])
                    last = LastResult(verdict, causes.code(result.get("Annotation")))
                    yield (
                        Resource(intern(qualifier["ResourceType"]), qualifier["ResourceId"]),
                        shared.setdefault(last, last),
                    )
                    self.results += 1
            self._workers.check()

    def _put_side_by_side(self, evaluations: Sequence[Evaluation]) -> None:
        batches = [
            evaluations[start : start + EVALUATIONS_PER_CALL]
            for start in range(0, len(evaluations), EVALUATIONS_PER_CALL)
        ]
        self._workers.results([self._workers.submit(self._put_batch, batch) for batch in batches or [()]])

    def _put_batch(self, batch: Sequence[Evaluation]) -> None:
        pending = list(batch)
        for wait in (*WAITS_SECONDS, None):
            answer = self._config.put_evaluations(
                Evaluations=[self._as_config_takes_it(evaluation) for evaluation in pending],
                ResultToken=self._event.result_token,
            )
            failed = {
                Resource(evaluation["ComplianceResourceType"], evaluation["ComplianceResourceId"])
                for evaluation in answer.get("FailedEvaluations", [])
            }
            self.evaluations += len(pending) - len(failed)
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

    def _as_config_takes_it(self, evaluation: Evaluation) -> dict[str, Any]:
        return {
            "ComplianceResourceType": evaluation.resource.resource_type,
            "ComplianceResourceId": evaluation.resource.resource_id,
            "ComplianceType": evaluation.compliance_type.value,
            "Annotation": evaluation.annotation,
            "OrderingTimestamp": self._event.triggered_at,
        }
