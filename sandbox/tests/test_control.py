from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from sandbox.account import Sandbox

REGION = "eu-central-1"
ROOT = Path(__file__).parents[2]


def ask(endpoint: str, path: str, method: str = "GET") -> Any:
    request = urllib.request.Request(f"{endpoint}/sandbox/{path}", method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def test_the_clock(sandbox: Sandbox) -> None:
    before = ask(sandbox.endpoint, "clock")["now"]
    after = ask(sandbox.endpoint, "clock?hours=48", "POST")["now"]
    assert before[:10] < after[:10]


def test_the_fleet(sandbox: Sandbox) -> None:
    first, second = sandbox.fleet.load([{"name": "web", "count": 2}], sandbox.account, REGION)
    assert sorted(ask(sandbox.endpoint, "fleet")["running"]) == sorted([first, second])
    assert ask(sandbox.endpoint, f"fleet?stop={second}", "POST") == {"running": [first], "stopped": [second]}


def test_the_inbox(sandbox: Sandbox) -> None:
    sns = sandbox.client("sns", REGION)
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="me@example.com")
    assert ask(sandbox.endpoint, "inbox")["pending"] == ["me@example.com"]
    assert ask(sandbox.endpoint, "inbox?confirm=me@example.com", "POST")["pending"] == []
    sns.publish(TopicArn=topic, Message="hello", Subject="greeting")
    last = ask(sandbox.endpoint, "inbox")["emails"][-1]
    assert (last["to"], last["subject"]) == ("me@example.com", "greeting")


def test_the_executions(sandbox: Sandbox) -> None:
    assert ask(sandbox.endpoint, "executions") == []
    content = {
        "schemaVersion": "0.3",
        "mainSteps": [{"name": "rest", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}],
    }
    ssm = sandbox.client("ssm", REGION)
    ssm.create_document(Name="runbook", DocumentType="Automation", Content=json.dumps(content))
    ssm.start_automation_execution(DocumentName="runbook")
    sandbox.settle()
    [shown] = ask(sandbox.endpoint, "executions")
    assert (shown["DocumentName"], shown["AutomationExecutionStatus"]) == ("runbook", "Success")


@pytest.mark.parametrize(
    "path",
    [
        "fleet?explode=i-1",
        "fleet?stop=i-1",
        "clock?fortnights=1",
        "clock?hours=-1",
        "managed-resources?visibility=no",
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(sandbox: Sandbox, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(sandbox.endpoint, path, "POST")
    assert error.value.code == 400
    assert json.loads(error.value.read())["error"]


def test_any_other_url_tells_which_there_are(sandbox: Sandbox) -> None:
    assert any("/sandbox/clock" in line for line in ask(sandbox.endpoint, ""))


def test_it_runs_by_itself_until_it_is_interrupted(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--directory", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    lines = [process.stdout.readline()]
    while "Ctrl-C" not in lines[-1]:
        lines.append(process.stdout.readline())
    endpoint = next(line.partition("=")[2].strip() for line in lines if "AWS_ENDPOINT_URL=" in line)
    assert ask(endpoint, "fleet")["running"]
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(30) == 0


def test_a_mistake_in_the_fleet_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("- {name: web, colour: red}\n")
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--fleet", str(tmp_path / "fleet.yaml")]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert "colour" in answer.stderr


def test_machines_that_services_operate_are_shown_and_hidden(sandbox: Sandbox) -> None:
    assert ask(sandbox.endpoint, "managed-resources") == {"visibility": "hidden"}
    answer = ask(sandbox.endpoint, "managed-resources?visibility=visible", "POST")
    assert answer == {"visibility": "visible"}
    assert sandbox.client("ec2", REGION).get_managed_resource_visibility()["Visibility"] == {
        "DefaultVisibility": "visible"
    }
