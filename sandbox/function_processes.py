"""The processes in which functions run: they stay warm for the next invocation, as Lambda's do.

An invocation has a process to itself: an idle one of its function, or a new one. What a process prints is
the log of the invocation that it is in.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.awslambda.models import LambdaFunction

from sandbox.function_logs import LogStream

LAMBDA_RUNTIME = Path(__file__).with_name("lambda_runtime.py")
# "The Init phase is limited to 10 seconds", and is tried again within the function's own time-out.
INIT_SECONDS = 10
LOOK_SECONDS = 0.5  # how often a process that sends nothing is looked at
IDLE_PROCESSES = 8  # of all functions together: each has its own memory


@dataclass(frozen=True)
class Run:
    """One invocation: `{"payload": ...}` or `{"error": ...}`, and what was printed meanwhile."""

    answer: dict[str, Any]
    log: str


class _ProcessError(Exception):
    """Why an invocation has no answer: Lambda's error type, and its cause in Lambda's words."""

    def __init__(self, kind: str, cause: str) -> None:
        super().__init__(cause)
        self.kind = kind
        self.cause = cause


class FunctionProcess:
    """One process of a function, with its own copy of the code.

    `modified` is when the function was changed before; `expires` is when the credentials in its
    environment do; `logs` is where the prints of its invocations belong.
    """

    def __init__(
        self,
        directory: Path,
        function: LambdaFunction,
        modified: str,
        environment: Mapping[str, str],
        *,
        logs: LogStream,
        expires: datetime,
    ) -> None:
        self.logs = logs
        self.function = function
        self.modified = modified
        self.expires = expires
        self.environment = environment
        self.is_usable = True
        self._is_initialized = False
        directory.mkdir(parents=True, exist_ok=True)
        self._scratch = tempfile.TemporaryDirectory(dir=directory)
        task_root = Path(self._scratch.name) / "code"
        with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
            archive.extractall(task_root)
        self._received = b""
        self._printed = bytearray()
        self._process = self._start(task_root)

    def _start(self, task_root: Path) -> subprocess.Popen[bytes]:
        request_end, self._requests = os.pipe()
        self._answers, answer_end = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-P", "-s", str(LAMBDA_RUNTIME), str(request_end), str(answer_end)],
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": self._scratch.name,
                "TMPDIR": self._scratch.name,
                "LANG": "en_US.UTF-8",
                "TZ": ":UTC",
                "PYTHONUNBUFFERED": "1",
                "PYTHONIOENCODING": "utf-8",
                **self.environment,
                "LAMBDA_TASK_ROOT": str(task_root),
            },
            cwd=task_root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(request_end, answer_end),
            start_new_session=True,  # so that what it has started ends with it
        )
        os.close(request_end)
        os.close(answer_end)
        assert process.stdout is not None
        self._output = process.stdout.fileno()
        os.set_blocking(self._output, False)
        os.set_blocking(self._answers, False)
        return process

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def invoke(self, request: dict[str, Any], timeout_seconds: float) -> Run:
        """Let the handler answer; without an answer in time the process is killed."""
        with contextlib.suppress(BrokenPipeError), os.fdopen(os.dup(self._requests), "wb") as requests:
            requests.write(json.dumps(request).encode() + b"\n")
        try:
            answer = self._answer(timeout_seconds)
        except _ProcessError as error:
            self.is_usable = False
            message = f"RequestId: {request['context']['aws_request_id']} Error: {error.cause}"
            log = self._take_log()
            log += "\n" if log and not log.endswith("\n") else ""
            return Run({"error": {"errorType": error.kind, "errorMessage": message}}, f"{log}{message}\n")
        return Run(answer, self._take_log())

    def kill(self) -> None:
        """Kill the process and what it has started, whoever waits for it."""
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it has just ended
                os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill the process, and remove its files."""
        self.is_usable = False
        self.kill()
        self._process.wait()
        os.close(self._requests)
        os.close(self._answers)
        assert self._process.stdout is not None
        self._process.stdout.close()
        with contextlib.suppress(OSError):
            self._scratch.cleanup()

    def _answer(self, timeout_seconds: float) -> dict[str, Any]:
        """Return the answer to a request; of a new process, that to the import of the handler comes first."""
        if not self._is_initialized:
            imported = self._receive(INIT_SECONDS + timeout_seconds, timeout_seconds)
            if "error" in imported:
                self.is_usable = False
                return imported
            self._is_initialized = True
        return self._receive(timeout_seconds, timeout_seconds)

    def _receive(self, seconds: float, timeout_seconds: float) -> dict[str, Any]:
        """Return the next line of the answers."""
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            selector.register(self._output, selectors.EVENT_READ)
            while b"\n" not in self._received:
                left = deadline - time.monotonic()
                if left <= 0:
                    self.kill()
                    self._process.wait()
                    raise _ProcessError(
                        "Sandbox.Timedout", f"Task timed out after {timeout_seconds:.2f} seconds"
                    )
                ready = {key.fd for key, _ in selector.select(min(left, LOOK_SECONDS))}
                if self._output in ready and not self._read_output():
                    selector.unregister(self._output)  # the function has closed it
                if self._answers in ready and not self._read_answers():
                    raise self._exited()
                if not ready and not self.is_alive:  # what it has started may hold the pipes open
                    raise self._exited()
        line, _, self._received = self._received.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _exited(self) -> _ProcessError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LOOK_SECONDS)
        self.kill()
        status = self._process.wait()
        return _ProcessError("Runtime.ExitError", f"Runtime exited with error: exit status {status}")

    def _read_answers(self) -> bool:
        """Read what is there, and tell whether there can be more."""
        chunk = os.read(self._answers, 1 << 16)
        self._received += chunk
        return bool(chunk)

    def _read_output(self) -> bool:
        """Read what is there, and tell whether there can be more."""
        try:
            chunk = os.read(self._output, 1 << 16)
        except BlockingIOError:
            return True
        self._printed += chunk
        return bool(chunk)

    def _take_log(self) -> str:
        """Return what was printed so far: the process had written all of it before it answered or ended."""
        length = -1
        while len(self._printed) != length:
            length = len(self._printed)
            self._read_output()
        log = self._printed.decode(errors="replace")
        self._printed.clear()
        return log


class FunctionProcesses:
    """The processes of all functions, idle and busy ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[FunctionProcess] = []  # that of the longest ago first
        self._busy: set[FunctionProcess] = set()
        self._is_stopped = False

    def take(self, function: LambdaFunction, until: datetime) -> FunctionProcess | None:
        """Return an idle process with credentials that last until then; None if there is none.

        Those of the function that don't fit, since it was changed or made anew, end.
        """
        with self._lock:
            own = [each for each in self._idle if each.function.function_arn == function.function_arn]
            fit = [
                each
                for each in own
                if (each.function is function and each.modified == function.last_modified)
                and (each.expires > until and each.is_alive)
            ]
            taken = fit[-1] if fit else None
            unfit = [process for process in own if process not in fit]
            self._idle = [process for process in self._idle if process not in (*unfit, taken)]
            if taken:
                self._busy.add(taken)
        for process in unfit:
            process.end()
        return taken

    def add(self, process: FunctionProcess) -> None:
        """Take note of a new process, which is busy."""
        with self._lock:
            self._busy.add(process)
            if self._is_stopped:
                process.kill()

    def give_back(self, process: FunctionProcess) -> None:
        """Keep a process that was busy for the next invocation, unless it must not or there are enough."""
        with self._lock:
            self._busy.discard(process)
            if process.is_usable and not self._is_stopped:
                self._idle.append(process)
                surplus = self._idle[:-IDLE_PROCESSES]
                del self._idle[:-IDLE_PROCESSES]
            else:
                surplus = [process]
        for each in surplus:
            each.end()

    def stop(self) -> None:
        """Kill all processes, and keep none from now on."""
        with self._lock:
            self._is_stopped = True
            idle, self._idle = self._idle, []
            for process in self._busy:
                process.kill()
        for process in idle:
            process.end()
