"""Lambda functions, run from the very bytes that were uploaded, with their role's credentials.

moto keeps functions and their permission policies; what is missing there is the invocation, and
the logging and dead-letter settings in what `GetFunction` answers.
"""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.core.exceptions import JsonRESTError

from sandbox.gateway import AwsError, Call, Gateway

if TYPE_CHECKING:
    from sandbox.access import Access, Credentials
    from sandbox.background import Background
    from sandbox.clock import Clock

LAMBDA_RUNTIME = Path(__file__).with_name("lambda_runtime.py")
KEPT_SETTINGS = ("LoggingConfig", "DeadLetterConfig")
NOT_FOUND = "ResourceNotFoundException"


@dataclass(frozen=True)
class Invocation:
    """What one run of a function gave: its JSON answer, or the error as Lambda describes it, and its log."""

    request_id: str
    payload: bytes
    error: dict[str, Any] | None
    log: str


class Functions:
    """Runs Python functions in a process of their own."""

    def __init__(
        self,
        clock: Clock,
        access: Access,
        background: Background,
        directory: Path,
        endpoint: Callable[[], str],
    ) -> None:
        self._clock = clock
        self._access = access
        self._background = background
        self._directory = directory / "functions"
        self._endpoint = endpoint
        self._settings: dict[str, dict[str, Any]] = {}
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def register(self, gateway: Gateway) -> None:
        """Answer invocations, and complete what moto knows of a function."""
        gateway.before["lambda", "CreateFunction"].append(self._check_role)
        gateway.after["lambda", "CreateFunction"].append(self._keep_settings)
        gateway.after["lambda", "UpdateFunctionConfiguration"].append(self._keep_settings)
        gateway.operations["lambda", "GetFunction"] = self._get_function
        gateway.operations["lambda", "GetFunctionConfiguration"] = self._get_configuration
        gateway.operations["lambda", "Invoke"] = self._invoke

    def stop(self) -> None:
        """Kill every function that still runs."""
        for process in list(self._running):
            process.kill()

    def allows(
        self, function_arn: str, service_principal: str, source_account: str | None, source_arn: str | None
    ) -> bool:
        """Tell whether the function exists and its permission policy lets this service invoke it."""
        try:
            function = _find(function_arn)
        except AwsError:
            return False
        conditions = {"aws:SourceAccount": source_account, "aws:SourceArn": source_arn}
        return self._access.resource_policy_allows(
            {"Version": "2012-10-17", "Statement": function.policy.statements},
            service_principal=service_principal,
            action="lambda:InvokeFunction",
            resource=function_arn,
            conditions={key: value for key, value in conditions.items() if value is not None},
        )

    def invoke(
        self,
        function_arn: str,
        event: Any,
        *,
        service_principal: str | None = None,
        source_account: str | None = None,
        source_arn: str | None = None,
    ) -> Invocation:
        """Run a function with a JSON event and wait for it.

        Raises `AwsError` when the function is missing or its policy does not let `service_principal`
        invoke it; an error of the function itself is in the answer.
        """
        function = _find(function_arn)
        if service_principal and not self.allows(function_arn, service_principal, source_account, source_arn):
            raise AwsError(
                "AccessDeniedException",
                f"{service_principal} is not authorized to perform: lambda:InvokeFunction on resource: "
                f"{function_arn} because no resource-based policy allows the lambda:InvokeFunction action",
            )
        return self._run(function, event)

    def _run(self, function: LambdaFunction, event: Any) -> Invocation:
        if not (function.run_time or "").startswith("python3."):
            raise AwsError("NotModelled", f"the sandbox does not run {function.run_time}, only python3.x")
        credentials = self._credentials(function.role, function.function_name, function.region)
        request_id = str(uuid.uuid4())
        code = self._unpack(function)
        with tempfile.TemporaryDirectory(dir=self._directory) as scratch:
            environment = self._environment(function, credentials, code, scratch)
            request = {
                "event": event,
                "timeout_seconds": function.timeout,
                "now": self._clock.now().timestamp(),
                "context": _context(function, request_id, environment),
            }
            result, log = self._execute(function, request, environment, Path(scratch) / "result.json")
        self._write_log(function, credentials, environment["AWS_LAMBDA_LOG_STREAM_NAME"], log)
        text = result.get("error") or result["payload"]
        error = json.loads(text) if "error" in result else None
        return Invocation(request_id, text.encode(), error, log)

    def _execute(
        self, function: LambdaFunction, request: dict[str, Any], environment: dict[str, str], answer: Path
    ) -> tuple[dict[str, str], str]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-s", str(LAMBDA_RUNTIME), str(answer)],
            env=environment,
            cwd=environment["LAMBDA_TASK_ROOT"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._running.add(process)
        timed_out = threading.Event()

        def stop() -> None:
            timed_out.set()
            process.kill()

        # A timer, not communicate(timeout=): the sandbox's clock may be moved while the function runs.
        timer = threading.Timer(function.timeout, stop)
        timer.start()
        try:
            output, _ = process.communicate(json.dumps(request).encode())
        finally:
            timer.cancel()
            self._running.discard(process)
        log = output.decode(errors="replace")
        if answer.exists():
            return json.loads(answer.read_text(encoding="utf-8")), log
        cause = f"Runtime exited with error: exit status {process.returncode}"
        if timed_out.is_set():
            cause = f"Task timed out after {function.timeout:.2f} seconds"
        message = f"RequestId: {request['context']['aws_request_id']} Error: {cause}"
        error_type = "Sandbox.Timedout" if timed_out.is_set() else "Runtime.ExitError"
        error = json.dumps({"errorType": error_type, "errorMessage": message})
        return {"error": error}, f"{log}{message}\n"

    def _environment(
        self, function: LambdaFunction, credentials: Credentials, code: Path, scratch: str
    ) -> dict[str, str]:
        logging_config = self._settings_of(function)["LoggingConfig"]
        stream = uuid.uuid5(uuid.NAMESPACE_URL, function.function_arn + function.code_sha_256).hex
        level = logging_config.get("ApplicationLogLevel")
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": scratch,
            "TMPDIR": scratch,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",
            **function.environment_vars,
            **({"AWS_LAMBDA_LOG_LEVEL": level} if level else {}),
            "_HANDLER": function.handler or "",
            "LAMBDA_TASK_ROOT": str(code),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": logging_config["LogGroup"],
            "AWS_LAMBDA_LOG_STREAM_NAME": f"{self._clock.now():%Y/%m/%d}/[$LATEST]{stream}",
            "AWS_LAMBDA_LOG_FORMAT": logging_config["LogFormat"],
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ENDPOINT_URL": self._endpoint(),
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.session_token,
        }

    def _unpack(self, function: LambdaFunction) -> Path:
        code_hash = base64.b64decode(function.code_sha_256).hex()
        target = self._directory / f"{function.function_name}-{code_hash[:16]}"
        with self._lock:
            if not target.exists():
                target.mkdir(parents=True)
                with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                    archive.extractall(target)
        return target

    def _write_log(self, function: LambdaFunction, credentials: Credentials, stream: str, log: str) -> None:
        group = self._settings_of(function)["LoggingConfig"]["LogGroup"]
        logs = self._access.client("logs", function.region, credentials)
        where = {"logGroupName": group, "logStreamName": stream}
        at = int(self._clock.now().timestamp() * 1000)
        events = [{"timestamp": at, "message": line} for line in log.splitlines() if line]
        if events and _error_code(logs.put_log_events, **where, logEvents=events) == NOT_FOUND:
            if _error_code(logs.create_log_stream, **where) == NOT_FOUND:
                _error_code(logs.create_log_group, logGroupName=group)
                _error_code(logs.create_log_stream, **where)
            _error_code(logs.put_log_events, **where, logEvents=events)

    def _invoke(self, call: Call) -> dict[str, Any]:
        function = _find(call.params["FunctionName"], call)
        event = json.loads(call.params.get("Payload") or b"{}")
        kind = call.params.get("InvocationType", "RequestResponse")
        if kind == "DryRun":
            raise AwsError("NotModelled", "the sandbox does not model the InvocationType DryRun")
        if kind == "Event":
            self._background.submit(self._run, function, event)
            return {"StatusCode": 202, "Payload": b""}
        invocation = self._run(function, event)
        answer = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": invocation.payload}
        if invocation.error:
            answer["FunctionError"] = "Unhandled"
        if call.params.get("LogType") == "Tail":
            answer["LogResult"] = base64.b64encode(invocation.log.encode()[-4096:]).decode()
        return answer

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

    def _check_role(self, call: Call) -> None:
        self._credentials(call.params["Role"], call.params["FunctionName"], call.region)

    def _keep_settings(self, call: Call) -> None:
        function = _find(call.params["FunctionName"], call)
        known = self._settings.setdefault(function.function_arn, {})
        if call.operation == "CreateFunction":
            known.clear()
        known |= {key: call.params[key] for key in KEPT_SETTINGS if key in call.params}

    def _settings_of(self, function: LambdaFunction) -> dict[str, Any]:
        known = self._settings.get(function.function_arn, {})
        defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
        if known.get("LoggingConfig", {}).get("LogFormat") == "JSON":
            defaults |= {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
        return {**known, "LoggingConfig": defaults | known.get("LoggingConfig", {})}

    def _get_function(self, call: Call) -> dict[str, Any]:
        function = _find(call.params["FunctionName"], call)
        answer: dict[str, Any] = function.get_code()
        answer["Configuration"] |= self._configuration(function, call)
        return answer

    def _get_configuration(self, call: Call) -> dict[str, Any]:
        function = _find(call.params["FunctionName"], call)
        return {**function.get_configuration(), **self._configuration(function, call)}

    def _configuration(self, function: LambdaFunction, call: Call) -> dict[str, Any]:
        suffix = ":$LATEST" if call.params.get("Qualifier") == "$LATEST" else ""
        return {
            "FunctionArn": function.function_arn + suffix,
            "Version": "$LATEST",
            **self._settings_of(function),
        }


def _error_code(operation: Callable[..., Any], **parameters: Any) -> str | None:
    """Call and return the error's code: what a role may not log is no error of its function."""
    try:
        operation(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def _find(name_or_arn: str, call: Call | None = None) -> LambdaFunction:
    account, region = (call.account, call.region) if call else tuple(name_or_arn.split(":")[4:2:-1])
    qualifier = call.params.get("Qualifier") if call else None
    if qualifier not in (None, "$LATEST"):
        raise AwsError("NotModelled", "the sandbox does not model versions and aliases")
    try:
        return lambda_backends[account][region].get_function(name_or_arn)
    except JsonRESTError as error:
        raise AwsError(NOT_FOUND, error.message) from error
    except (KeyError, ValueError) as error:
        raise AwsError(NOT_FOUND, f"Function not found: {name_or_arn}") from error


def _context(function: LambdaFunction, request_id: str, environment: dict[str, str]) -> dict[str, Any]:
    return {
        "aws_request_id": request_id,
        "function_name": function.function_name,
        "function_version": "$LATEST",
        "invoked_function_arn": function.function_arn,
        "memory_limit_in_mb": environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        "log_group_name": environment["AWS_LAMBDA_LOG_GROUP_NAME"],
        "log_stream_name": environment["AWS_LAMBDA_LOG_STREAM_NAME"],
    }
