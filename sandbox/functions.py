"""Lambda functions, run from the very bytes that were uploaded, with their role's credentials.

moto keeps functions and their permission policies; what is missing there is the invocation, and
the logging settings in what `GetFunction` answers.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.core.exceptions import JsonRESTError

from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.paging import only_modelled, refuse

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
LAMBDA_RUNTIME = Path(__file__).with_name("lambda_runtime.py")
NOT_FOUND = "ResourceNotFoundException"


@dataclass(frozen=True)
class Invocation:
    """What one run of a function gave: its answer, or the error as Lambda describes it."""

    payload: Any
    error: dict[str, Any] | None


class Functions:
    """Runs Python functions in a process of their own."""

    def __init__(
        self,
        clock: Clock,
        access: Access,
        directory: Path,
        endpoint: Callable[[], str],
    ) -> None:
        self._clock = clock
        self._access = access
        self._directory = directory / "functions"
        self._endpoint = endpoint
        self._logging: dict[str, dict[str, str]] = {}  # by the function's ARN; as GetFunction shows it
        self._running: set[subprocess.Popen[bytes]] = set()

    def register(self, gateway: Gateway) -> None:
        """Check functions, and complete what moto knows of them."""
        for operation in ("CreateFunction", "UpdateFunctionConfiguration"):
            gateway.before["lambda", operation].append(self._check_function)
            gateway.after["lambda", operation].append(self._keep_logging)
        gateway.after["lambda", "UpdateFunctionCode"].append(_keep_architecture)
        gateway.operations["lambda", "GetFunction"] = self._get_function
        gateway.operations["lambda", "GetFunctionConfiguration"] = self._get_configuration
        gateway.operations["lambda", "Invoke"] = refuse

    def stop(self) -> None:
        """Kill every function that still runs."""
        for process in list(self._running):
            process.kill()

    def allows(self, function_arn: str, service_principal: str, conditions: Mapping[str, str]) -> bool:
        """Tell whether the function exists and its permission policy lets this service invoke it."""
        try:
            function = find_function(function_arn)
        except AwsError:
            return False
        return self._access.resource_policy_allows(
            {"Version": "2012-10-17", "Statement": function.policy.statements},
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
        function = find_function(function_arn)
        credentials = self._credentials(function.role, function.function_name, function.region)
        self._directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._directory) as scratch:
            environment = self._environment(function, credentials, Path(scratch))
            with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                archive.extractall(environment["LAMBDA_TASK_ROOT"])
            request_id = request_id or str(uuid.uuid4())
            answer = Path(scratch) / "result.json"
            result, log = self._execute(function, event, request_id, environment, answer)
        self._write_log(function.region, credentials, environment, log)
        return Invocation(result.get("payload"), result.get("error"))

    def _execute(
        self,
        function: LambdaFunction,
        event: Any,
        request_id: str,
        environment: dict[str, str],
        answer: Path,
    ) -> tuple[dict[str, Any], str]:
        context = {
            "aws_request_id": request_id,
            "function_name": function.function_name,
            "function_version": "$LATEST",
            "invoked_function_arn": function.function_arn,
            "memory_limit_in_mb": environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
            "log_group_name": environment["AWS_LAMBDA_LOG_GROUP_NAME"],
            "log_stream_name": environment["AWS_LAMBDA_LOG_STREAM_NAME"],
        }
        request = {
            "event": event,
            "context": context,
            "timeout_seconds": function.timeout,
            "now": self._clock.now().timestamp(),
        }
        process = subprocess.Popen(
            [sys.executable, "-P", "-s", str(LAMBDA_RUNTIME), str(answer)],
            env=environment,
            cwd=environment["LAMBDA_TASK_ROOT"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._running.add(process)
        try:
            output, _ = process.communicate(json.dumps(request).encode(), timeout=function.timeout)
            kind, cause = "Runtime.ExitError", f"Runtime exited with error: exit status {process.returncode}"
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            kind, cause = "Sandbox.Timedout", f"Task timed out after {function.timeout:.2f} seconds"
        finally:
            self._running.discard(process)
        log = output.decode(errors="replace")
        if answer.exists():
            return json.loads(answer.read_text(encoding="utf-8")), log
        message = f"RequestId: {context['aws_request_id']} Error: {cause}"
        return {"error": {"errorType": kind, "errorMessage": message}}, f"{log}{message}\n"

    def _environment(
        self, function: LambdaFunction, credentials: Credentials, scratch: Path
    ) -> dict[str, str]:
        logging = self._logging_of(function)
        level = logging.get("ApplicationLogLevel")
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",
            **function.environment_vars,
            "_HANDLER": function.handler or "",
            "LAMBDA_TASK_ROOT": str(scratch / "code"),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": logging["LogGroup"],
            "AWS_LAMBDA_LOG_STREAM_NAME": f"{self._clock.now():%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}",
            "AWS_LAMBDA_LOG_FORMAT": logging["LogFormat"],
            **({"AWS_LAMBDA_LOG_LEVEL": level} if level else {}),
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ENDPOINT_URL": self._endpoint(),
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.session_token,
        }

    def _write_log(
        self, region: str, credentials: Credentials, environment: dict[str, str], log: str
    ) -> None:
        """Write the log as the function's role may; what it may not log is no error of its function."""
        logs = self._access.client("logs", region, credentials)
        group = {"logGroupName": environment["AWS_LAMBDA_LOG_GROUP_NAME"]}
        stream = {**group, "logStreamName": environment["AWS_LAMBDA_LOG_STREAM_NAME"]}
        at = int(self._clock.now().timestamp() * 1000)
        events = [{"timestamp": at, "message": line} for line in log.split("\n") if line]
        with contextlib.suppress(ClientError):
            try:
                logs.create_log_stream(**stream)
            except logs.exceptions.ResourceNotFoundException:
                logs.create_log_group(**group)
                logs.create_log_stream(**stream)
            if events:
                logs.put_log_events(**stream, logEvents=events)

    def _credentials(self, role_arn: str, session_name: str, region: str) -> Credentials:
        try:
            return self._access.role_credentials(
                role_arn,
                service_principal="lambda.amazonaws.com",
                session_name=session_name,
                source_arn=None,
                source_account=None,
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
            self._logging[function.function_arn] = (
                levels if given.get("LogFormat") == "JSON" else {}
            ) | given

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


def _keep_architecture(call: Call) -> None:
    """Keep the new architecture, which moto drops; without one, the function stays as it is."""
    if architectures := call.params.get("Architectures"):
        find_function(call.params["FunctionName"], call).architectures = architectures


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
        raise AwsError(NOT_FOUND, f"Function not found: {name_or_arn}") from error
