"""Functions: what runs, in which process and for how long, what it is given, and what becomes of it."""

import json
import os
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox import function_processes
from sandbox.account import Sandbox
from sandbox.gateway import AwsError
from sandbox.tests.deployments import (
    ACCOUNT,
    REGION,
    allow,
    credentials,
    document,
    make_function,
    make_role,
    permit_config,
    refused,
    session,
    zipped,
)
from sandbox.tests.runbooks import wait_for

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
TALKS = """
import logging
def handler(event, context):
    print("printed")
    logging.getLogger("mine").debug("not shown")
    logging.getLogger("mine").info("counted", extra={"machines": 3})
    try:
        raise ValueError("bad")
    except ValueError:
        logging.exception("failed")
    raise KeyError("colour")
"""


def returns(expression: str) -> str:
    """The code of a function that returns what an expression is."""
    imports = "import boto3, datetime, os, time\n"
    return f"{imports}imported = time.time()\ndef handler(event, context):\n    return {expression}\n"


def invoke(sandbox: Sandbox, function: str, do: str = "", **event: Any) -> Any:
    payload = json.dumps({"do": do, **event})
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


# Invoke


@pytest.mark.parametrize("form", ["{name}", "{arn}", "{account}:function:{name}"])
def test_a_role_that_may_gets_the_answer(sandbox: Sandbox, form: str) -> None:
    function = make_function(sandbox, returns("[event, context.aws_request_id]"))
    holder = session(sandbox, {**allow("lambda:InvokeFunction"), "Resource": function})
    event = {"n": "é" * 100_000}
    answer = sandbox.access.client("lambda", REGION, holder).invoke(
        FunctionName=form.format(name=function.split(":")[-1], arn=function, account=ACCOUNT),
        Payload=json.dumps(event).encode(),
    )
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    came, request = json.loads(answer["Payload"].read())
    assert (came, len(request)) == (event, 36)


def test_a_role_that_may_not_is_denied_until_the_functions_policy_allows_it(sandbox: Sandbox) -> None:
    function = make_function(sandbox, returns("'done'"))
    role = make_role(sandbox, "lambda", [{**allow("lambda:InvokeFunction"), "Resource": f"{function}-other"}])
    client = sandbox.access.client("lambda", REGION, credentials(sandbox, role))
    with refused(f"AccessDeniedException.*lambda:InvokeFunction on resource: {function} because no"):
        client.invoke(FunctionName=function)
    sandbox.client("lambda", REGION).add_permission(
        FunctionName=function, StatementId="role", Action="lambda:InvokeFunction", Principal=role
    )
    assert json.loads(client.invoke(FunctionName=function)["Payload"].read()) == "done"


def test_a_service_needs_a_permission_with_its_account(sandbox: Sandbox) -> None:
    function, config = make_function(sandbox, returns("'ok'")), "config.amazonaws.com"
    conditions = {"aws:SourceAccount": ACCOUNT}
    with pytest.raises(AwsError, match=r"lambda:InvokeFunction"):
        sandbox.functions.invoke(function, {}, service_principal=config, conditions=conditions)
    permit_config(sandbox, function)
    answer = sandbox.functions.invoke(function, {}, service_principal=config, conditions=conditions)
    assert (answer.payload, answer.error) == ("ok", None)
    assert not sandbox.functions.allows(function, config, {"aws:SourceAccount": "999999999999"})
    assert not sandbox.functions.allows(f"{function}-other", config, conditions)


@pytest.mark.parametrize(
    ("code", "error_type", "message"),
    [
        ("raise KeyError('colour')", "KeyError", "'colour'"),
        ("import time; time.sleep(30)", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ("import os; os._exit(3)", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("return object()", "TypeError", "not JSON serializable"),
        (None, "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'module'"),
    ],
)
def test_an_error_of_the_function_is_in_the_answer(
    sandbox: Sandbox, code: str | None, error_type: str, message: str
) -> None:
    seconds = 1 if code and "sleep" in code else 20
    text = f"def handler(event, context):\n    {code}" if code else ""
    answer = sandbox.client("lambda", REGION).invoke(
        FunctionName=make_function(sandbox, text, Timeout=seconds)
    )
    payload = json.loads(answer["Payload"].read())
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert payload["errorType"] == error_type
    assert message in payload["errorMessage"]
    if error_type == "KeyError":
        [frame] = payload["stackTrace"]
        assert "module.py" in frame


# What a function is given


def test_environment_and_context_are_lambdas_and_nothing_of_the_callers(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_VAULT", "mine")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid")
    settings: dict[str, Any] = {"Environment": {"Variables": {"COLOUR": "blue"}}, "MemorySize": 256}
    names = ("function_name", "invoked_function_arn", "memory_limit_in_mb", "function_version")
    values = ", ".join(f"context.{name}" for name in (*names, "log_group_name", "aws_request_id"))
    code = returns(f"[dict(os.environ), context.get_remaining_time_in_millis(), {values}]")
    function = make_function(sandbox, code, Timeout=7, **settings)
    name = function.split(":")[-1]
    environment, remaining, *texts, request = invoke(sandbox, function)
    expected = {
        "COLOUR": "blue",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": sandbox.endpoint,
    }
    assert environment.items() >= expected.items()
    assert not {"AWS_VAULT", "HTTPS_PROXY"} & set(environment)
    assert (texts, len(request)) == ([name, function, "256", "$LATEST", f"/aws/lambda/{name}"], 36)
    assert 4000 < remaining <= 7000


def test_calls_are_made_with_the_functions_role_whose_credentials_do_not_expire(sandbox: Sandbox) -> None:
    code = "import boto3\nsts = boto3.client('sts')\n"
    code += "def handler(event, context): return sts.get_caller_identity()['Arn']"
    function = make_function(sandbox, code)
    for _ in range(2):
        who = invoke(sandbox, function)
        assert ":assumed-role/role-" in who
        assert who.endswith(f"/{function.split(':')[-1]}")
        sandbox.clock.move(timedelta(minutes=59, seconds=50))


def test_a_role_that_lambda_may_not_assume_is_refused(sandbox: Sandbox) -> None:
    with refused("cannot be assumed by Lambda"):
        make_function(sandbox, "", Role=make_role(sandbox, "ec2", []))
    function = make_function(sandbox, COUNTS, Role=make_role(sandbox, "lambda", [], name="trusting"))
    invoke(sandbox, function)
    trust = {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    sandbox.client("iam", REGION).update_assume_role_policy(
        RoleName="trusting", PolicyDocument=document(trust)
    )
    with refused("InvalidParameterValueException.*cannot be assumed by Lambda"):
        invoke(sandbox, function)


def test_a_function_has_the_time_of_the_sandbox(sandbox: Sandbox) -> None:
    code = returns("[time.time(), datetime.datetime.now().timestamp(), imported, time.monotonic()]")
    function = make_function(sandbox, code)
    for moved in (timedelta(0), timedelta(minutes=20), timedelta(days=3)):
        sandbox.clock.move(moved)
        now, real = sandbox.clock.now().timestamp(), time.monotonic()
        *times, imported, monotonic = invoke(sandbox, function)
        assert (times, monotonic) == (pytest.approx([now, now], abs=10), pytest.approx(real, abs=10))
        # The same process, until its credentials have expired.
        began = now - 1200 if moved == timedelta(minutes=20) else now
        assert imported == pytest.approx(began, abs=10)


def test_the_import_does_not_count_towards_the_time_out(sandbox: Sandbox) -> None:
    code = f"import time\ntime.sleep(1.1)\n{returns('context.get_remaining_time_in_millis()')}"
    assert invoke(sandbox, make_function(sandbox, code, Timeout=1)) > 500


def test_a_functions_own_modules_come_before_those_of_the_sandbox(sandbox: Sandbox) -> None:
    own = dict.fromkeys(("dateutil", "pytest"), "own = True")
    code = "import dateutil, pytest\ndef handler(event, context): return [dateutil.own, pytest.own]"
    function = make_function(sandbox, "")
    sandbox.client("lambda", REGION).update_function_code(FunctionName=function, ZipFile=zipped(code, **own))
    assert invoke(sandbox, function) == [True, True]


# Its process


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
def test_a_process_stays_warm_until_the_function_is_changed(
    sandbox: Sandbox, change: Callable[[Sandbox, str], None]
) -> None:
    function = make_function(sandbox, COUNTS)
    first, second = invoke(sandbox, function), invoke(sandbox, function)
    assert (first["count"], second) == (1, {"count": 2, "process": first["process"]})
    assert invoke(sandbox, function, "raise ValueError('no')")["errorType"] == "ValueError"
    assert invoke(sandbox, function)["count"] == 4
    change(sandbox, function)
    assert invoke(sandbox, function)["count"] == 1
    assert not is_running(first["process"])


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


@pytest.mark.parametrize("do", ["time.sleep(30)", "os._exit(1)"])
def test_a_process_that_failed_is_not_used_again(sandbox: Sandbox, do: str) -> None:
    function = make_function(sandbox, COUNTS, Timeout=1)
    process = invoke(sandbox, function)["process"]
    assert "errorType" in invoke(sandbox, function, do)
    assert not is_running(process)
    assert invoke(sandbox, function)["count"] == 1


def test_several_at_a_time_have_a_process_each(sandbox: Sandbox, tmp_path: Path) -> None:
    function = make_function(sandbox, COUNTS, Timeout=60)
    notes = [tmp_path / str(number) for number in range(3)]
    waits = "; ".join(f"wait('{each}')" for each in notes)  # each for the others
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda own: invoke(sandbox, function, f"note('{own}'); {waits}"), notes))
    assert len({answer["process"] for answer in answers}) == 3


def test_few_idle_processes_stay(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_processes, "IDLE_PROCESSES", 2)
    functions = [make_function(sandbox, COUNTS) for _ in range(3)]
    processes = [invoke(sandbox, function)["process"] for function in functions]
    assert [is_running(process) for process in processes] == [False, True, True]
    assert len(list((sandbox.directory / "functions").iterdir())) == 2


def test_processes_end_with_the_sandbox(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "sandbox") as sandbox, ThreadPoolExecutor() as pool:
        function, other = (make_function(sandbox, COUNTS, Timeout=60) for _ in range(2))
        idle = invoke(sandbox, function)["process"]
        started = tmp_path / "started"
        pool.submit(invoke, sandbox, other, f"note('{started}'); time.sleep(50)")
        wait_for(started.exists)
        sandbox.functions.stop()
    assert not is_running(idle)
    assert not is_running(int(started.read_text()))


# Its logs


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


def test_an_import_that_failed_is_tried_again_and_logged(sandbox: Sandbox) -> None:
    function = make_function(sandbox, "print('importing')\nimport nowhere", actions=LOGS)
    for _ in range(2):
        assert invoke(sandbox, function)["errorType"] == "Runtime.ImportModuleError"
    first, second = log_streams(sandbox, function)
    assert first[0] == second[0] == "importing"


def test_logs_are_written_in_json_with_extra_fields(sandbox: Sandbox) -> None:
    function = make_function(sandbox, TALKS, actions=LOGS)
    invoke(sandbox, function)
    [[printed, *lines]] = log_streams(sandbox, function)
    counted, failed, error = map(json.loads, lines)
    assert printed == "printed"
    expected = {"level": "INFO", "message": "counted", "machines": 3, "logger": "mine"}
    assert counted.items() >= expected.items()
    assert len(counted["requestId"]) == 36
    assert failed.items() >= {"errorType": "ValueError", "errorMessage": "bad"}.items()
    assert failed["location"].endswith("handler:10")
    assert failed["stackTrace"]
    assert error.items() >= {"level": "ERROR", "errorType": "KeyError"}.items()
    configure(LoggingConfig={"LogFormat": "Text"})(sandbox, function)
    invoke(sandbox, function)
    printed, logged, *_, error, _where, _line = log_streams(sandbox, function)[1]
    assert printed == "printed"
    assert re.match(r"\[ERROR\]\t\S+ \S+\t[0-9a-f-]{36}\tfailed", logged)
    assert error == "[ERROR] KeyError: 'colour'"


# What is read back


def test_changes_of_a_function_are_kept(sandbox: Sandbox) -> None:
    function, client = make_function(sandbox, "", Architectures=["arm64"]), sandbox.client("lambda", REGION)
    changes: dict[str, Any] = {
        "Runtime": "python3.12",
        "Timeout": 9,
        "MemorySize": 1024,
        "Handler": "module.other",
        "Description": "changed",
        "Environment": {"Variables": {"COLOUR": "red"}},
        "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "ERROR"},
        "Role": make_role(sandbox, "lambda", []),
    }
    client.update_function_configuration(FunctionName=function, **changes)
    client.update_function_code(FunctionName=function, ZipFile=b"none", Architectures=["x86_64"])
    client.update_function_code(FunctionName=function, ZipFile=b"other")
    changes["Architectures"] = ["x86_64"]
    changes["LoggingConfig"] |= {
        "SystemLogLevel": "INFO",
        "LogGroup": f"/aws/lambda/{function.split(':')[-1]}",
    }
    for known in (
        client.get_function(FunctionName=function)["Configuration"],
        client.get_function_configuration(FunctionName=function),
    ):
        assert {name: known[name] for name in changes} == changes


@pytest.mark.parametrize(("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")])
def test_logging_settings_are_refused_outside_the_partition_aws(
    sandbox: Sandbox, region: str, partition: str
) -> None:
    role = make_role(sandbox, "lambda", [], region=region)
    assert role.startswith(f"arn:{partition}:")
    with refused(f"InvalidParameterValueException.*LoggingConfig is not supported in {region}"):
        make_function(sandbox, "", region=region, Role=role)
    settings = {"FunctionName": "function", "Runtime": "python3.13", "Handler": "module.handler"}
    client = sandbox.client("lambda", region)
    client.create_function(**settings, Role=role, Code={"ZipFile": b"none"})
    assert "LoggingConfig" not in client.get_function_configuration(FunctionName="function")
