"""Automation's operations of Systems Manager."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from moto.ssm.models import ssm_backends

from sandbox.access import Access, Credentials
from sandbox.automation import approvals, documents, parameters, references
from sandbox.automation.engine import Engine
from sandbox.automation.execution import Execution
from sandbox.automation.executions import Executions
from sandbox.background import Background
from sandbox.clock import Clock
from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.paging import only_modelled, page


class Automation:
    """Checks runbooks, starts executions, and shows them."""

    def __init__(self, clock: Clock, access: Access, background: Background) -> None:
        self._clock = clock
        self._access = access
        self._executions = Executions(background, lambda execution: self._engine.run(execution))
        self._engine = Engine(clock, access, self._executions)

    def register(self, gateway: Gateway) -> None:
        """Answer the operations of Automation, and check documents."""
        gateway.operations["ssm", "StartAutomationExecution"] = self._start
        gateway.operations["ssm", "GetAutomationExecution"] = self._get
        gateway.operations["ssm", "SendAutomationSignal"] = self._signal
        gateway.operations["ssm", "StopAutomationExecution"] = self._stop
        gateway.operations["ssm", "DescribeAutomationExecutions"] = self._describe
        gateway.operations["ssm", "DescribeAutomationStepExecutions"] = self._describe_steps
        gateway.before["ssm", "CreateDocument"].append(_check_document)
        gateway.before["ssm", "UpdateDocument"].append(_check_document)

    def executions(self, account: str | None = None, region: str | None = None) -> list[Execution]:
        """The executions so far (of an account, of a region), the oldest first, children too."""
        return [
            entry
            for entry in self._executions.all()
            if account in (None, entry.account) and region in (None, entry.region)
        ]

    def stop(self) -> None:
        """Cancel what still runs."""
        self._executions.cancel(*self.executions())

    def _start(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "DocumentName", "DocumentVersion", "Parameters")
        document = _document(call)
        content = documents.parse(document.content, document.document_format)
        execution = Execution(
            account=call.account,
            partition=call.partition,
            region=call.region,
            document_name=document.name,
            document_version=document.document_version,
            content=content,
            parameters=parameters.values(content.get("parameters", {}), call.params.get("Parameters") or {}),
            started=self._clock.now(),
        )
        execution.credentials = self._credentials(call, execution)
        self._executions.add(execution)
        return {"AutomationExecutionId": execution.id}

    def _credentials(self, call: Call, execution: Execution) -> Credentials:
        """Those of the role that the document assumes; the caller's own if it assumes none."""
        role = references.resolve(execution.content.get("assumeRole", ""), execution.values)
        if not role:
            return Credentials(call.access_key, "not-checked", "not-checked")
        source = f"arn:{call.partition}:ssm:{call.region}:{call.account}:automation-execution/{execution.id}"
        try:
            if not re.fullmatch(r"arn:[\w-]+:iam::\d{12}:role/.+", role):
                raise AwsError("ValidationError", f"{role} is not the ARN of a role")
            return self._access.role_credentials(
                role,
                service_principal="ssm.amazonaws.com",
                session_name=f"Automation-{execution.id}",
                source_arn=source,
                source_account=call.account,
                region=call.region,
            )
        except AwsError as error:
            message = f"The defined assume role is unable to be assumed. ({error.message})"
            raise AwsError("InvalidAutomationExecutionParametersException", message) from error

    def _find(self, call: Call) -> Execution:
        wanted = call.params["AutomationExecutionId"]
        for execution in self.executions(call.account, call.region):
            if execution.id == wanted:
                return execution
        message = f"There is no automation execution {wanted}."
        raise AwsError("AutomationExecutionNotFoundException", message)

    def _get(self, call: Call) -> dict[str, Any]:
        return {"AutomationExecution": self._find(call).description()}

    def _signal(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "AutomationExecutionId", "SignalType", "Payload")
        approvals.send(self._find(call), call.params["SignalType"])
        return {}

    def _stop(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "AutomationExecutionId", "Type")
        if call.params.get("Type", "Cancel") != "Cancel":
            raise not_modelled(f"the type {call.params['Type']} of StopAutomationExecution")
        execution = self._find(call)
        if execution.ended:
            raise AwsError("InvalidAutomationStatusUpdateException", "The execution has ended.")
        self._executions.cancel(execution)
        return {}

    def _describe(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "Filters", "MaxResults", "NextToken")
        wanted = [_filter(each) for each in call.params.get("Filters") or []]
        newest_first = [
            each
            for each in self.executions(call.account, call.region)[::-1]
            if all(is_wanted(each) for is_wanted in wanted)
        ]
        shown, next_token = page(call, newest_first, 50, "InvalidNextToken")
        return {"AutomationExecutionMetadataList": [entry.summary() for entry in shown], **next_token}

    def _describe_steps(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "AutomationExecutionId", "MaxResults", "NextToken")
        steps = list(self._find(call).steps.values())
        shown, next_token = page(call, steps, 50, "InvalidNextToken")
        return {"StepExecutions": [step.description() for step in shown], **next_token}


def _filter(given: dict[str, Any]) -> Callable[[Execution], bool]:
    """Whether an execution is one of those that a filter asks for."""
    values = given["Values"]
    if given["Key"] == "ParentExecutionId":
        return lambda each: each.parent_id in values
    if given["Key"] == "ExecutionStatus":
        return lambda each: each.status in values
    if given["Key"] == "DocumentNamePrefix":
        return lambda each: each.document_name.startswith(tuple(values))
    raise not_modelled(f"the filter {given['Key']} of DescribeAutomationExecutions")


def _check_document(call: Call) -> None:
    """Check the content of a new document or version, if it is a runbook."""
    known = ssm_backends[call.account][call.region]._documents.get(call.params["Name"])
    if call.params.get("DocumentType") == "Automation" or _is_runbook(known):
        if call.params.get("Attachments"):
            raise not_modelled("Attachments of an Automation document")
        documents.parse(call.params["Content"], call.params.get("DocumentFormat", "JSON"))


def _is_runbook(known: Any) -> bool:
    return known is not None and known.get_default_version().document_type == "Automation"


def _document(call: Call) -> Any:
    """The document, as moto keeps it, in the version that is asked for."""
    name = call.params["DocumentName"].rpartition("/")[2]
    known: Any = ssm_backends[call.account][call.region]._documents.get(name)
    if not _is_runbook(known):
        message = f"There is no Automation document {name}."
        raise AwsError("AutomationDefinitionNotFoundException", message)
    version = call.params.get("DocumentVersion", "$DEFAULT")
    found = known.find(None if version == "$DEFAULT" else version, strict=False)
    if found is None:
        message = f"The document {name} has no version {version}."
        raise AwsError("AutomationDefinitionVersionNotFoundException", message)
    return found
