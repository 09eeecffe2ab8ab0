"""Lambda functions, run from the very bytes that were uploaded, with their role's credentials.

moto keeps functions and their permission policies; what is missing there is the invocation, by a service
or by `Invoke`, and the logging settings in what `GetFunction` answers.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.core.exceptions import JsonRESTError
from moto.core.utils import iso_8601_datetime_with_nanoseconds

from sandbox.function_logs import LogStream
from sandbox.function_processes import FunctionProcess, FunctionProcesses
from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.paging import only_modelled

if TYPE_CHECKING:
    from sandbox.access import Access, Credentials
    from sandbox.clock import Clock

# What moto keeps of a change.
CHANGEABLE = (
    "Description",
    "Environment",
    "FunctionName",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
)
# How long a process has valid credentials: as long as a session of a role lasts.
SESSION = timedelta(hours=1)
NOT_FOUND = "ResourceNotFoundException"


@dataclass(frozen=True)
class Invocation:
    """What one run of a function gave: its answer, or the error as Lambda describes it."""

    payload: Any
    error: dict[str, Any] | None


class Functions:
    """Runs Python functions in processes of their own."""

    def __init__(self, clock: Clock, access: Access, directory: Path) -> None:
        self._clock = clock
        self._access = access
        self._directory = directory / "functions"
        self._logging: dict[str, dict[str, str]] = {}  # by the function's ARN; as GetFunction shows it
        self._processes = FunctionProcesses()

    def register(self, gateway: Gateway) -> None:
        """Check functions, and complete what moto knows of them."""
        for operation in ("CreateFunction", "UpdateFunctionConfiguration"):
            gateway.before["lambda", operation].append(self._check_function)
            gateway.after["lambda", operation].append(self._keep_logging)
        for operation in ("UpdateFunctionCode", "UpdateFunctionConfiguration"):
            gateway.after["lambda", operation].append(_complete_change)
        gateway.operations["lambda", "GetFunction"] = self._get_function
        gateway.operations["lambda", "GetFunctionConfiguration"] = self._get_configuration
        gateway.operations["lambda", "Invoke"] = self._invoke

    def stop(self) -> None:
        """Kill every process."""
        self._processes.stop()

    def allows(self, function_arn: str, service_principal: str, conditions: Mapping[str, str]) -> bool:
        """Tell whether the function exists and its permission policy lets this service invoke it."""
        try:
            function = find_function(function_arn)
        except AwsError:
            return False
        return self._access.resource_policy_allows(
            policy_of(function),
            service_principal=service_principal,
            action="lambda:InvokeFunction",
            resource=function_arn,
            conditions=conditions,
        )

    def invoke(
        self,
        function_arn: str,
        event: Any,
        *,
        service_principal: str,
        conditions: Mapping[str, str],
        request_id: str = "",
    ) -> Invocation:
        """Run a function with a JSON event for a service, and wait for it.

        Raises `AwsError` when the function's policy does not let the service invoke it under these
        conditions; an error of the function itself is in the answer.
        """
        if not self.allows(function_arn, service_principal, conditions):
            raise AwsError(
                "AccessDeniedException",
                f"{service_principal} is not authorized to perform: lambda:InvokeFunction on resource: "
                f"{function_arn} because no resource-based policy allows the lambda:InvokeFunction action",
            )
        return self._run(function_arn, event, request_id or str(uuid.uuid4()))

    def _invoke(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "FunctionName", "InvocationType", "Payload")
        if (kind := call.params.get("InvocationType", "RequestResponse")) != "RequestResponse":
            raise not_modelled(f"the InvocationType {kind}")
        invocation = self._run(_called_function(call).function_arn, _event(call), str(uuid.uuid4()))
        failure = {"FunctionError": "Unhandled"} if invocation.error else {}
        return {
            "StatusCode": 200,
            "ExecutedVersion": "$LATEST",
            "Payload": json.dumps(invocation.error or invocation.payload).encode(),
            **failure,
        }

    def _run(self, function_arn: str, event: Any, request_id: str) -> Invocation:
        function = find_function(function_arn)
        modified = function.last_modified  # before its settings are read
        credentials = self._credentials(function.role, function.function_name, function.region)
        until = self._clock.now() + timedelta(seconds=function.timeout)
        process = self._processes.take(function, until) or self._start(function, modified, credentials)
        try:
            run = process.invoke(self._request(function, event, request_id, process), function.timeout)
            process.logs.write(run.log, self._clock.now())
        finally:
            self._processes.give_back(process)
        return Invocation(run.answer.get("payload"), run.answer.get("error"))

    def _start(self, function: LambdaFunction, modified: str, credentials: Credentials) -> FunctionProcess:
        environment = self._environment(function, credentials)
        process = FunctionProcess(
            self._directory,
            function,
            modified,
            environment,
            logs=LogStream(
                self._access.client("logs", function.region, credentials),
                environment["AWS_LAMBDA_LOG_GROUP_NAME"],
                environment["AWS_LAMBDA_LOG_STREAM_NAME"],
            ),
            expires=self._clock.now() + SESSION,
        )
        self._processes.add(process)
        return process

    def _request(
        self, function: LambdaFunction, event: Any, request_id: str, process: FunctionProcess
    ) -> dict[str, Any]:
        environment = process.environment
        context = {
            "aws_request_id": request_id,
            "function_name": function.function_name,
            "function_version": "$LATEST",
            "invoked_function_arn": function.function_arn,
            "memory_limit_in_mb": environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
            "log_group_name": environment["AWS_LAMBDA_LOG_GROUP_NAME"],
            "log_stream_name": environment["AWS_LAMBDA_LOG_STREAM_NAME"],
        }
        now = self._clock.now().timestamp()
        return {"event": event, "context": context, "timeout_seconds": function.timeout, "now": now}

    def _environment(self, function: LambdaFunction, credentials: Credentials) -> dict[str, str]:
        logging = self._logging_of(function)
        level = logging.get("ApplicationLogLevel")
        return {
            **function.environment_vars,
            "_HANDLER": function.handler or "",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": logging["LogGroup"],
            "AWS_LAMBDA_LOG_STREAM_NAME": f"{self._clock.now():%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}",
            "AWS_LAMBDA_LOG_FORMAT": logging["LogFormat"],
            **({"AWS_LAMBDA_LOG_LEVEL": level} if level else {}),
            **self._access.environment(function.region, credentials),
        }

    def _credentials(self, role_arn: str, session_name: str, region: str) -> Credentials:
        try:
            return self._access.role_credentials(
                role_arn,
                service_principal="lambda.amazonaws.com",
                session_name=session_name,
                region=region,
            )
        except AwsError as error:
            reason = "The role defined for the function cannot be assumed by Lambda."
            raise AwsError("InvalidParameterValueException", reason) from error

    def _check_function(self, call: Call) -> None:
        given = call.params
        if "LoggingConfig" in given and call.partition != "aws":  # aws-cdk#28919
            advice = "Remove LoggingConfig value from your request and try again"
            reason = f"LoggingConfig is not supported in {call.region}. {advice}"
            raise AwsError("InvalidParameterValueException", reason)
        if "DeadLetterConfig" in given:
            raise not_modelled("the DeadLetterConfig of a function")
        if not given.get("Runtime", "python3.").startswith("python3."):
            raise not_modelled(f"the runtime {given['Runtime']}, only python3.x")
        if call.operation == "UpdateFunctionConfiguration":
            only_modelled(call, *CHANGEABLE)
        if "Role" in given:
            self._credentials(given["Role"], given["FunctionName"].split(":")[-1], call.region)

    def _keep_logging(self, call: Call) -> None:
        if given := call.params.get("LoggingConfig"):
            levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
            function = find_function(call.params["FunctionName"], call)
            is_json = given.get("LogFormat") == "JSON"
            self._logging[function.function_arn] = (levels if is_json else {}) | given

    def _logging_of(self, function: LambdaFunction) -> dict[str, str]:
        defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
        return defaults | self._logging.get(function.function_arn, {})

    def _get_function(self, call: Call) -> dict[str, Any]:
        return {
            **find_function(call.params["FunctionName"], call).get_code(),
            "Configuration": self._get_configuration(call),
        }

    def _get_configuration(self, call: Call) -> dict[str, Any]:
        function = find_function(call.params["FunctionName"], call)
        suffix = ":$LATEST" if call.params.get("Qualifier") == "$LATEST" else ""
        logging = {"LoggingConfig": self._logging_of(function)} if call.partition == "aws" else {}
        return {
            **function.get_configuration(),
            "FunctionArn": function.function_arn + suffix,
            "Version": "$LATEST",
            **logging,
        }


def policy_of(function: LambdaFunction) -> dict[str, Any]:
    """Return the function's permission policy; moto keeps a role or an account as a bare principal."""
    statements = [
        {**each, "Principal": {"AWS": principal}}
        if isinstance(principal := each["Principal"], str) and principal != "*"
        else each
        for each in function.policy.statements
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def function_name(given: str) -> str:
    """Return a function's name, with its version if one is given, from a name or an ARN."""
    return re.sub("^(.*:)?function:", "", given)


def _arn(call: Call) -> str:
    """Return the ARN of the function that a call names, whether there is one or not."""
    name = function_name(call.params["FunctionName"])
    return f"arn:{call.partition}:lambda:{call.region}:{call.account}:function:{name}"


def _called_function(call: Call) -> LambdaFunction:
    """Return the function that `Invoke` names, of another account too."""
    given = call.params["FunctionName"]
    if ":" in function_name(given):
        raise not_modelled("versions and aliases of functions")
    if not given.startswith("arn:"):
        return find_function(function_name(given), call)
    region = given.split(":")[3]
    if region != call.region:
        reason = f"Functions from '{region}' are not reachable in this region ('{call.region}')"
        raise AwsError(NOT_FOUND, reason)
    return find_function(given)


def _event(call: Call) -> Any:
    """Return the event of an `Invoke`; without a payload it is empty."""
    try:
        return json.loads(call.params.get("Payload") or b"{}")
    except ValueError as error:
        reason = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", reason) from error


def _complete_change(call: Call) -> None:
    """Keep what moto drops of a change: its time, and the architecture if one is given."""
    function: Any = find_function(call.params["FunctionName"], call)
    function.last_modified = iso_8601_datetime_with_nanoseconds()
    function.architectures = call.params.get("Architectures") or function.architectures


def find_function(name_or_arn: str, call: Call | None = None) -> LambdaFunction:
    """Return the function as moto keeps it, by its ARN, or by its name in the call's account and Region.

    Raises `AwsError` if there is none.
    """
    if call and call.params.get("Qualifier") not in (None, "$LATEST"):
        raise not_modelled("versions and aliases of functions")
    account, region = (call.account, call.region) if call else tuple(name_or_arn.split(":")[4:2:-1])
    try:
        return lambda_backends[account][region].get_function(name_or_arn)
    except (JsonRESTError, KeyError, ValueError) as error:
        raise AwsError(NOT_FOUND, f"Function not found: {_arn(call) if call else name_or_arn}") from error
