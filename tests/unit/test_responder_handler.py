"""The responder's entry as Lambda calls it: its time, its environment, and a process that stays warm."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from ssm_agent_monitor.responder import clients, handler
from ssm_agent_monitor.shared import logs
from tests.unit.responding import (
    ENVIRONMENT,
    ID,
    PAYLOADS,
    InTurn,
    KeptMessages,
    MadeUpClients,
    Responder,
    line_of,
    lost_agent,
)
from tools.terraform_setup import ROOT

NOTIFY = {"Request": "Notify", **PAYLOADS["Notify"], "Machines": [line_of()]}


NO_TIME = "; ".join(f"{what} could not be read: no time was left" for what in ("EC2 instances", "SSM Agents"))


class Process:
    """The function's process, with clients of a test in the place of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: InTurn) -> None:
        for name, value in ENVIRONMENT.items():
            monkeypatch.setenv(name, value)
        self.messages = KeptMessages()
        self.made = 0
        made_up = MadeUpClients(answers, self.messages)

        def make() -> MadeUpClients:
            self.made += 1
            return made_up

        monkeypatch.setattr(clients, "make", make)
        monkeypatch.setattr(handler, "kept_clients", cache(lambda: clients.make()))

    def invoke(self, payload: Any, seconds: float) -> dict[str, Any]:
        """One invocation, with so many seconds until Lambda's time-out."""
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: int(seconds * 1000))
        return handler.lambda_handler(payload, context)


@pytest.mark.parametrize(
    ("seconds", "calls", "problem"), [(240, 3, "none"), (90, 0, NO_TIME), (1, 0, NO_TIME)]
)
def test_reading_ends_90_seconds_before_the_time_out_and_the_message_is_sent(
    monkeypatch: pytest.MonkeyPatch, seconds: float, calls: int, problem: str
) -> None:
    answers = InTurn()
    process = Process(monkeypatch, answers)
    answer = process.invoke(NOTIFY, seconds)
    assert answer == {
        "Status": "sent",
        "Result": f"message sent, for {ID}",
        "Problem": problem,
        "Repair": "none",
    }
    assert len(answers.urls) == calls
    [text] = process.messages.texts
    assert ID in text
    assert ("no time was left" in text) == (problem != "none")


def test_clients_that_cannot_be_made_are_the_answer_and_are_made_at_the_next_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = Process(monkeypatch, InTurn())
    make = clients.make

    def fail() -> Any:
        raise OSError("no file {{ x }}")

    monkeypatch.setattr(clients, "make", fail)
    assert process.invoke(NOTIFY, 240)["Problem"] == "OSError: no file x"
    monkeypatch.setattr(clients, "make", make)
    assert [process.invoke(NOTIFY, 240)["Status"] for _ in range(2)] == ["sent", "sent"]
    assert process.made == 1


def test_a_warm_process_tells_what_is_so_now() -> None:
    answers = InTurn()
    responder = Responder(answers)
    assert responder.ask("Notify", Machines=[line_of()])["Status"] == "sent"
    answers.left["ssm"] = [(200, json.dumps({"InstanceInformationList": [lost_agent(PingStatus="Online")]}))]
    answer = responder.ask("Notify", Machines=[line_of()])
    assert answer["Result"] == f"no message, for {ID}: its SSM Agent answers again"


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """What the function writes into its log, where Lambda has no JSON log format."""
    root, text = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    root.handlers[:] = [logging.StreamHandler(text)]
    logs.configure({logs.LEVEL_VARIABLE: "INFO"})
    yield text
    root.handlers[:] = before
    root.setLevel(level)


def test_each_answer_is_a_line_of_the_log(log_lines: io.StringIO) -> None:
    responder = Responder(InTurn())
    for payload in (NOTIFY, {"Request": "\ud83d"}):
        responder.hand(payload)
    log_lines.getvalue().encode()
    sent, failed = [json.loads(line) for line in log_lines.getvalue().splitlines()]
    assert (sent["level"], sent["request"], sent["answer"]["Status"]) == ("INFO", "Notify", "sent")
    assert (failed["level"], failed["request"], failed["answer"]["Status"]) == ("ERROR", "unknown", "failed")


IMPORT_ALL = """
import datetime, importlib, pkgutil, time
import boto3, botocore.session

def refuse(*_arguments, **_more):
    raise AssertionError("at import")

import ssm_agent_monitor.responder as package
import botocore.client, concurrent.futures, http.client, logging, ssl  # what these do at import is theirs
import ssm_agent_monitor.shared.logs  # takes the keys of log records from one that it makes

class Clock(datetime.datetime):
    now = utcnow = today = refuse

datetime.datetime = Clock
for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"):
    setattr(time, name, refuse)
boto3.client = boto3.resource = boto3.Session = boto3.session.Session = refuse
botocore.session.get_session = botocore.session.Session = refuse

names = [each.name for each in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
modules = [importlib.import_module(name) for name in names]
caches = [
    f"{module.__name__}.{name}"
    for module in modules
    for name, value in vars(module).items()
    if hasattr(value, "cache_info")
]
print(len(names) > 50, caches)
"""


def test_nothing_is_read_made_or_remembered_at_import() -> None:
    """Neither a clock nor a client; and one cache, of clients: a warm process must not remember machines."""
    answer = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL],
        cwd=ROOT / "lambda_src",
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stderr == ""
    assert answer.stdout == "True ['ssm_agent_monitor.responder.handler.kept_clients']\n"
