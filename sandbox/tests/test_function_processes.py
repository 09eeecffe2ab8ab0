from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.tests.deployments import REGION, make_function, make_role, zipped

LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
# Counts its invocations, and does what the event says.
COUNTS = """
import os, pathlib, subprocess, time
count = 0
def note(path):
    unfinished = pathlib.Path(path + "-")
    unfinished.write_text(str(os.getpid()))
    unfinished.replace(path)
def wait(path):
    while not os.path.exists(path):
        time.sleep(0.02)
def handler(event, context):
    global count
    count += 1
    exec(event.get("do", ""))
    return {"count": count, "process": os.getpid()}
"""
WRITES = """
os.write(1, b"directly\\n")
subprocess.run(["echo", "by a child"])
print("by print, without an end", end="")
os._exit(1)
"""


def invoke(sandbox: Sandbox, function: str, do: str = "") -> Any:
    payload = json.dumps({"do": do})
    answer = sandbox.client("lambda", REGION).invoke(FunctionName=function, Payload=payload)
    return json.loads(answer["Payload"].read())


def log_streams(sandbox: Sandbox, function: str) -> list[list[str]]:
    """Return the messages of each log stream of a function."""
    logs = sandbox.client("logs", REGION)
    group = {"logGroupName": f"/aws/lambda/{function.split(':')[-1]}"}
    streams = logs.describe_log_streams(**group)["logStreams"]
    names = [stream["logStreamName"] for stream in sorted(streams, key=lambda each: each["creationTime"])]
    events = [logs.get_log_events(**group, logStreamName=name, startFromHead=True) for name in names]
    return [[event["message"] for event in each["events"]] for each in events]


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_keeps_its_state_for_the_next_invocation(sandbox: Sandbox) -> None:
    function = make_function(sandbox, COUNTS)
    first, second = invoke(sandbox, function), invoke(sandbox, function)
    assert (first["count"], second["count"]) == (1, 2)
    assert first["process"] == second["process"]


def deploy_code(sandbox: Sandbox, function: str) -> None:
    sandbox.client("lambda", REGION).update_function_code(FunctionName=function, ZipFile=zipped(COUNTS))


def configure(**settings: Any) -> Callable[[Sandbox, str], None]:
    def change(sandbox: Sandbox, function: str) -> None:
        name = function.split(":")[-1]
        sandbox.client("lambda", REGION).update_function_configuration(FunctionName=name, **settings)

    return change


def change_role(sandbox: Sandbox, function: str) -> None:
    configure(Role=make_role(sandbox, "lambda", []))(sandbox, function)


def make_anew(sandbox: Sandbox, function: str) -> None:
    sandbox.client("lambda", REGION).delete_function(FunctionName=function)
    make_function(sandbox, COUNTS, FunctionName=function.split(":")[-1])


@pytest.mark.parametrize(
    "change",
    [
        deploy_code,
        configure(Environment={"Variables": {"COLOUR": "red"}}),
        configure(Timeout=9),
        change_role,
        make_anew,
    ],
)
def test_after_a_change_no_process_of_before_is_used(
    sandbox: Sandbox, change: Callable[[Sandbox, str], None]
) -> None:
    function = make_function(sandbox, COUNTS)
    old = invoke(sandbox, function)["process"]
    change(sandbox, function)
    assert not is_running(old)
    assert invoke(sandbox, function)["count"] == 1


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_change_lets_a_process_end_its_invocation(sandbox: Sandbox, tmp_path: Path) -> None:
    function = make_function(sandbox, COUNTS, Timeout=60)
    invoke(sandbox, function)
    started, end = tmp_path / "started", tmp_path / "end"
    with ThreadPoolExecutor() as pool:
        busy = pool.submit(invoke, sandbox, function, f"note('{started}'); wait('{end}')")
        wait_for(started.exists)
        deploy_code(sandbox, function)
        assert invoke(sandbox, function)["count"] == 1
        end.touch()
        assert busy.result()["count"] == 2
    assert invoke(sandbox, function)["count"] == 2
    assert not is_running(busy.result()["process"])


@pytest.mark.parametrize("do", ["time.sleep(30)", "os._exit(1)", "os.kill(os.getpid(), 11)"])
def test_a_process_that_failed_is_not_used_again(sandbox: Sandbox, do: str) -> None:
    function = make_function(sandbox, COUNTS, Timeout=1)
    process = invoke(sandbox, function)["process"]
    assert "errorType" in invoke(sandbox, function, do)
    assert not is_running(process)
    assert invoke(sandbox, function)["count"] == 1


def test_an_exception_leaves_the_process_as_it_is(sandbox: Sandbox) -> None:
    function = make_function(sandbox, COUNTS)
    invoke(sandbox, function)
    assert invoke(sandbox, function, "raise ValueError('no')")["errorType"] == "ValueError"
    assert invoke(sandbox, function)["count"] == 3


def test_an_import_that_failed_is_tried_again(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "print('importing')\nimport nowhere", actions=LOGS)
    for _ in range(2):
        assert invoke(sandbox, function)["errorType"] == "Runtime.ImportModuleError"
    first, second = log_streams(sandbox, function)
    assert first[0] == second[0] == "importing"


def test_the_import_does_not_count_towards_the_time_out(sandbox: Sandbox) -> None:
    code = """
    import time
    time.sleep(1.5)
    def handler(event, context):
        return context.get_remaining_time_in_millis()
    """
    assert invoke(sandbox, make_function(sandbox, code, Timeout=1)) > 500


def test_several_at_a_time_have_a_process_each(sandbox: Sandbox, tmp_path: Path) -> None:
    function = make_function(sandbox, COUNTS, Timeout=60)
    notes = [tmp_path / str(number) for number in range(3)]
    waits = "; ".join(f"wait('{each}')" for each in notes)  # each for the others
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda own: invoke(sandbox, function, f"note('{own}'); {waits}"), notes))
    assert len({answer["process"] for answer in answers}) == 3


def test_a_function_has_the_time_of_the_sandbox(sandbox: Sandbox) -> None:
    code = """
    import datetime, logging, time
    imported = time.time()
    def handler(event, context):
        logging.error("now")
        return [imported, time.time(), datetime.datetime.now().timestamp(), time.monotonic(),
                context.get_remaining_time_in_millis()]
    """
    function = make_function(sandbox, code, actions=LOGS, Timeout=20)
    for moved in (timedelta(0), timedelta(days=3)):
        sandbox.clock.move(moved)
        now, real = sandbox.clock.now().timestamp(), time.monotonic()
        imported, *times, monotonic, remaining = invoke(sandbox, function)
        assert times == pytest.approx([now, now], abs=10)
        assert monotonic == pytest.approx(real, abs=10)
        assert 10_000 < remaining <= 20_000
        assert imported == pytest.approx(
            now, abs=10
        )  # days later the credentials have expired: a new process
        [line] = log_streams(sandbox, function)[-1]
        logged = datetime.fromisoformat(json.loads(line)["timestamp"])
        assert logged - datetime.fromtimestamp(now, UTC) < timedelta(seconds=10)


def test_a_warm_process_follows_the_clock(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "import time\ndef handler(event, context): return time.time()")
    before = invoke(sandbox, function)
    sandbox.clock.move(timedelta(minutes=20))
    assert invoke(sandbox, function) - before == pytest.approx(1200, abs=10)


def test_credentials_do_not_expire_in_a_warm_process(sandbox: Sandbox) -> None:
    code = """
    import boto3
    sts = boto3.client("sts")
    def handler(event, context):
        return sts.get_caller_identity()["Arn"]
    """
    function = make_function(sandbox, code)
    for _ in range(2):
        assert ":assumed-role/role-" in invoke(sandbox, function)
        sandbox.clock.move(timedelta(minutes=59, seconds=50))


def test_a_role_that_lambda_may_no_longer_assume_fails_the_invocation(sandbox: Sandbox) -> None:
    role = make_role(sandbox, "lambda", [], name="trusting")
    function = make_function(sandbox, COUNTS, Role=role)
    invoke(sandbox, function)
    trust = {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    sandbox.client("iam", REGION).update_assume_role_policy(RoleName="trusting", PolicyDocument=document)
    client = sandbox.client("lambda", REGION)
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="cannot be assumed by Lambda"):
        invoke(sandbox, function)


def test_what_is_printed_is_the_log_of_its_invocation(sandbox: Sandbox) -> None:
    function = make_function(sandbox, COUNTS, actions=LOGS)
    long = "print('x' * 100_000)"  # more than a pipe holds
    for do in ("print('one')", "", long, WRITES, "print('four')"):
        invoke(sandbox, function, do)
    first, second = log_streams(sandbox, function)
    one, filled, *written, exited = first
    assert (one, len(filled)) == ("one", 100_000)
    assert written == ["directly", "by a child", "by print, without an end"]
    assert exited.endswith("Error: Runtime exited with error: exit status 1")
    assert second == ["four"]


def test_a_functions_own_modules_come_before_those_of_the_sandbox(sandbox: Sandbox) -> None:
    own = dict.fromkeys(("dateutil", "pytest"), "own = True")
    code = """
    import dateutil, pytest
    def handler(event, context):
        return [dateutil.own, pytest.own]
    """
    function = make_function(sandbox, "")
    sandbox.client("lambda", REGION).update_function_code(FunctionName=function, ZipFile=zipped(code, **own))
    assert invoke(sandbox, function) == [True, True]


def test_few_idle_processes_stay(sandbox: Sandbox) -> None:
    functions = [make_function(sandbox, COUNTS) for _ in range(10)]
    processes = [invoke(sandbox, function)["process"] for function in functions]
    assert [is_running(process) for process in processes] == [False] * 2 + [True] * 8
    assert len(list((sandbox.directory / "functions").iterdir())) == 8


class TestTheEnd:
    @pytest.fixture
    def sandbox(self, tmp_path: Path) -> Sandbox:
        return Sandbox(tmp_path / "sandbox")

    def test_processes_end_with_the_sandbox(self, sandbox: Sandbox, tmp_path: Path) -> None:
        with sandbox, ThreadPoolExecutor() as pool:
            function, other = (make_function(sandbox, COUNTS, Timeout=60) for _ in range(2))
            idle = invoke(sandbox, function)["process"]
            started = tmp_path / "started"
            pool.submit(invoke, sandbox, other, f"note('{started}'); time.sleep(50)")
            wait_for(started.exists)
            sandbox.functions.stop()
        assert not is_running(idle)
        assert not is_running(int(started.read_text()))
