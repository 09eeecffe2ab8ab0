"""What AWS Lambda's Python runtime does around a handler, in a process that serves one invocation at a time.

It runs as a script; its arguments are the file descriptors of two pipes. Each line of the first is a request
in JSON: `{"event", "context", "timeout_seconds", "now"}`, with the sandbox's time in seconds. The second
receives a line for each: `{"payload": ...}` or `{"error": ...}`; before the first one `{}`, once the handler
is imported. What the function prints or logs goes to standard output, in its log format: JSON or text.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Any, BinaryIO

# time-machine takes along what it finds, and a function must find its own copy of each.
NOT_FOR_FUNCTIONS = ("dateutil", "pytest")
sys.modules.update(dict.fromkeys(NOT_FOR_FUNCTIONS))  # type: ignore[arg-type]
import time_machine  # noqa: E402

for each in NOT_FOR_FUNCTIONS:
    del sys.modules[each]

LOGS_JSON = os.environ["AWS_LAMBDA_LOG_FORMAT"] == "JSON"
TEXT = "[%(levelname)s]\t%(asctime)s\t%(aws_request_id)s\t%(message)s"
STANDARD_FIELDS = {*vars(logging.makeLogRecord({})), "message", "asctime", "aws_request_id"}


class FaultError(Exception):
    """A function that Lambda cannot start, with the error type that Lambda gives it."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class Context:
    """The handler's second argument."""

    def __init__(self, values: dict[str, Any], timeout_seconds: float) -> None:
        self.__dict__.update(values)
        self.client_context = self.identity = None
        self._deadline = time.monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda stops the function, never below 0."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class JsonFormatter(logging.Formatter):
    """One JSON object a record; what `extra` holds is merged into it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        fields: dict[str, Any] = {
            "timestamp": _timestamp(record.created),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": getattr(record, "aws_request_id", None),
        }
        if record.exc_info and record.exc_info[0]:
            fields |= {
                "stackTrace": traceback.format_tb(record.exc_info[2]),
                "errorType": record.exc_info[0].__name__,
                "errorMessage": str(record.exc_info[1]),
                "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
            }
        extra = {key: value for key, value in vars(record).items() if key not in STANDARD_FIELDS}
        return json.dumps({k: v for k, v in (extra | fields).items() if v is not None}, ensure_ascii=False)


class Invocation:
    """What differs from one invocation to the next."""

    request_id: str


def main() -> None:
    """Import the handler, and answer one request after the other until there are no more."""
    requests, answers = (_own(number, mode) for number, mode in zip(sys.argv[1:], ("rb", "wb"), strict=True))
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    invocation, handler = Invocation(), None
    _set_up_logging(invocation)
    with time_machine.travel(0) as traveller:
        for line in requests:
            request = json.loads(line)
            traveller.move_to(request["now"])
            time.time()  # from the first look on it ticks
            invocation.request_id = request["context"]["aws_request_id"]
            if handler is None:
                try:
                    handler = _handler(os.environ["_HANDLER"])
                except Exception as error:
                    _send(answers, _failure(error, invocation))
                    return  # Lambda starts anew, too
                _send(answers, "{}")
            context = Context(request["context"], request["timeout_seconds"])
            try:
                answer = json.dumps({"payload": handler(request["event"], context)})
            except Exception as error:
                answer = _failure(error, invocation)
            _send(answers, answer)


def _own(descriptor: str, mode: str) -> Any:
    """Open a pipe that no process of the function inherits."""
    os.set_inheritable(int(descriptor), False)
    return os.fdopen(int(descriptor), mode)


def _send(answers: BinaryIO, answer: str) -> None:
    answers.write(f"{answer}\n".encode())
    answers.flush()


def _failure(error: Exception, invocation: Invocation) -> str:
    """Log an error as the runtime does, and return the answer that tells it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    trace = [] if isinstance(error, FaultError) else traceback.format_list(frames)
    details = {
        "errorMessage": str(error),
        "errorType": error.error_type if isinstance(error, FaultError) else type(error).__name__,
        "requestId": invocation.request_id,
        "stackTrace": trace,
    }
    line = {"timestamp": _timestamp(time.time()), "level": "ERROR", **details}
    text = f"[ERROR] {details['errorType']}: {error}\n{''.join(trace)}"
    print(json.dumps(line) if LOGS_JSON else text)
    return json.dumps({"error": details})


def _set_up_logging(invocation: Invocation) -> None:
    def complete(record: logging.LogRecord) -> bool:
        record.aws_request_id = invocation.request_id
        return True

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter() if LOGS_JSON else logging.Formatter(TEXT))
    handler.addFilter(complete)
    logging.getLogger().addHandler(handler)
    if level := os.environ.get("AWS_LAMBDA_LOG_LEVEL"):  # else Python's own: WARNING
        logging.getLogger().setLevel({"TRACE": "DEBUG"}.get(level, level))


def _handler(name: str) -> Any:
    module_name, _, function_name = name.rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise FaultError("Runtime.ImportModuleError", message) from error
    if not hasattr(module, function_name):
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise FaultError("Runtime.HandlerNotFound", message)
    return getattr(module, function_name)


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    main()
