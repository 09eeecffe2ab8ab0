"""Automation's operations of Systems Manager."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.ssm.models import ssm_backends

from sandbox.access import Access, Credentials
from sandbox.automation import documents, parameters, references
from sandbox.automation.engine import Engine
from sandbox.automation.execution import ENDED, Execution, StepExecution
from sandbox.background import Background
from sandbox.clock import Clock
from sandbox.gateway import AwsError, Call, Gateway
from sandbox.paging import only_modelled, page
from sandbox.policies import not_modelled

INVALID_PARAMETERS = "InvalidAutomationExecutionParametersException"


class Automation:
    """Checks runbooks, starts and stops executions, and shows them.

    `on_status` functions are called with an execution that has ended. No sleep and no wait for a
    property lasts longer than `longest_wait`, in real seconds.
    """

    def __init__(
        self,
        clock: Clock,
        access: Access,
        background: Background,
        endpoint: Callable[[], str],
        longest_wait: float = 2,
    ) -> None:
        self._clock = clock
        self._access = access
        self._background = background
        self._engine = Engine(clock, access, endpoint, longest_wait)
        self._executions: dict[str, Execution] = {}
        self.on_status: list[Callable[[Execution], None]] = []

    def register(self, gateway: Gateway) -> None:
        """Answer the operations of Automation, and check documents."""
        for name, operation in {
            "StartAutomationExecution": self._start,
            "StopAutomationExecution": self._stop,
            "GetAutomationExecution": self._get,
            "DescribeAutomationExecutions": self._describe,
            "DescribeAutomationStepExecutions": self._describe_steps,
        }.items():
            gateway.operations["ssm", name] = operation
        gateway.before["ssm", "CreateDocument"].append(_check_new_document)
        gateway.before["ssm", "UpdateDocument"].append(_check_new_version)

    def executions(self, account: str | None = None, region: str | None = None) -> list[Execution]:
        """The executions so far (of an account, of a region), the oldest first."""
        return [
            entry
            for entry in list(self._executions.values())
            if account in (None, entry.account) and region in (None, entry.region)
        ]

    def stop(self) -> None:
        """Cancel what still runs."""
        for execution in list(self._executions.values()):
            execution.cancelled.set()

    def _start(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "DocumentName", "DocumentVersion", "Parameters", "Mode")
        if call.params.get("Mode", "Auto") != "Auto":
            raise not_modelled("the Mode Interactive of StartAutomationExecution")
        document = _document(call)
        content = documents.parse(document.content, document.document_format)
        try:
            given = parameters.values(content.get("parameters", {}), call.params.get("Parameters") or {})
        except parameters.ParameterError as error:
            raise AwsError(INVALID_PARAMETERS, str(error)) from error
        execution = self._new_execution(call, document, content, given)
        self._executions[execution.id] = execution
        self._background.submit(self._run, execution)
        return {"AutomationExecutionId": execution.id}

    def _new_execution(
        self, call: Call, document: Any, content: dict[str, Any], given: dict[str, Any]
    ) -> Execution:
        execution_id, now = str(uuid.uuid4()), self._clock.now()
        values = given | references.system_variables(
            account=call.account,
            partition=call.partition,
            region=call.region,
            execution_id=execution_id,
            now=now,
        )
        role = references.resolve(content.get("assumeRole", ""), values)
        return Execution(
            account=call.account,
            region=call.region,
            document_name=document.name,
            document_version=document.document_version,
            content=content,
            parameters=given,
            values=values,
            credentials=self._credentials(call, role, execution_id),
            id=execution_id,
            started=now,
        )

    def _credentials(self, call: Call, role: str, execution_id: str) -> Credentials:
        """Those of the role that the document assumes; the caller's own if it assumes none."""
        if not role:
            return Credentials(call.access_key, "not-checked", "not-checked")
        if not re.fullmatch(r"arn:[\w-]+:iam::\d{12}:role/.+", role):
            raise AwsError(INVALID_PARAMETERS, f"The assume role {role} is not the ARN of a role.")
        execution = f"automation-execution/{execution_id}"
        try:
            return self._access.role_credentials(
                role,
                service_principal="ssm.amazonaws.com",
                session_name=f"Automation-{execution_id}",
                source_arn=f"arn:{call.partition}:ssm:{call.region}:{call.account}:{execution}",
                source_account=call.account,
                region=call.region,
            )
        except AwsError as error:
            message = f"The defined assume role is unable to be assumed. ({error.message})"
            raise AwsError(INVALID_PARAMETERS, message) from error

    def _run(self, execution: Execution) -> None:
        self._engine.run(execution)
        for notify in self.on_status:
            notify(execution)

    def _find(self, call: Call) -> Execution:
        execution = self._executions.get(call.params["AutomationExecutionId"])
        if execution is None or execution not in self.executions(call.account, call.region):
            message = f"There is no automation execution {call.params['AutomationExecutionId']}."
            raise AwsError("AutomationExecutionNotFoundException", message)
        return execution

    def _stop(self, call: Call) -> dict[str, Any]:
        execution = self._find(call)
        if call.params.get("Type", "Cancel") != "Cancel":
            raise not_modelled("the Type Complete of StopAutomationExecution")
        if execution.status in ENDED:
            message = f"The execution has ended with the status {execution.status}."
            raise AwsError("InvalidAutomationStatusUpdateException", message)
        execution.cancelled.set()
        return {}

    def _get(self, call: Call) -> dict[str, Any]:
        return {"AutomationExecution": self._find(call).description()}

    def _describe(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "Filters", "MaxResults", "NextToken")
        found = self.executions(call.account, call.region)[::-1]
        for entry in call.params.get("Filters") or []:
            found = [execution for execution in found if _matches(entry, _filtered(execution))]
        shown, next_token = page(call, found, 50, "InvalidNextToken")
        summaries = [{**execution.summary(), "AutomationType": "Local"} for execution in shown]
        return {"AutomationExecutionMetadataList": summaries, **next_token}

    def _describe_steps(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "AutomationExecutionId", "Filters", "MaxResults", "NextToken", "ReverseOrder")
        found = list(self._find(call).steps.values())[:: -1 if call.params.get("ReverseOrder") else 1]
        for entry in call.params.get("Filters") or []:
            found = [step for step in found if _matches(entry, _filtered_step(step))]
        shown, next_token = page(call, found, 50, "InvalidNextToken")
        return {"StepExecutions": [step.description() for step in shown], **next_token}


def _check_new_document(call: Call) -> None:
    if call.params.get("DocumentType") == "Automation":
        if call.params.get("Attachments"):
            raise not_modelled("Attachments of an Automation document")
        documents.parse(call.params["Content"], call.params.get("DocumentFormat", "JSON"))


def _check_new_version(call: Call) -> None:
    known = ssm_backends[call.account][call.region]._documents.get(call.params["Name"])
    if known and known.get_default_version().document_type == "Automation":
        documents.parse(call.params["Content"], call.params.get("DocumentFormat", "JSON"))


def _document(call: Call) -> Any:
    """The document, as moto keeps it, in the version that is asked for."""
    name = call.params["DocumentName"].rpartition("/")[2]
    if re.match(r"(AWS|Amazon)[\w]*-", name):
        message = f"{name} is a document of AWS, which the sandbox does not have."
        raise AwsError("AutomationDefinitionNotFoundException", message)
    known = ssm_backends[call.account][call.region]._documents.get(name)
    if known is None or known.get_default_version().document_type != "Automation":
        message = f"There is no Automation document {name}."
        raise AwsError("AutomationDefinitionNotFoundException", message)
    version = call.params.get("DocumentVersion", "$DEFAULT")
    found = known.find(None if version == "$DEFAULT" else version, strict=False)
    if found is None:
        message = f"The document {name} has no version {version}."
        raise AwsError("AutomationDefinitionVersionNotFoundException", message)
    return found


Filtered = dict[str, str | datetime | None]


def _filtered(execution: Execution) -> Filtered:
    return {
        "ExecutionStatus": execution.status,
        "DocumentNamePrefix": execution.document_name,
        "ExecutionId": execution.id,
        "StartTimeBefore": execution.started,
        "StartTimeAfter": execution.started,
    }


def _filtered_step(step: StepExecution) -> Filtered:
    return {
        "StepExecutionStatus": step.status,
        "StepExecutionId": step.id,
        "StepName": step.name,
        "Action": step.definition["action"],
        "StartTimeBefore": step.started,
        "StartTimeAfter": step.started,
    }


def _matches(entry: dict[str, Any], fields: Filtered) -> bool:
    key, values = entry["Key"], entry["Values"]
    if key not in fields:
        raise not_modelled(f"the filter {key}")
    value = fields[key]
    if isinstance(value, str):
        return value.startswith(tuple(values)) if key.endswith("Prefix") else value in values
    if value is None:
        return False
    limit = datetime.fromisoformat(values[0])
    return value <= limit if key.endswith("Before") else value >= limit
