"""The sandbox by itself: the URLs for curl, and the command."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.tests.deployments import ACCOUNT, REGION, subscribe
from sandbox.tests.runbooks import create, passing, start

ROOT = Path(__file__).parents[2]


def ask(endpoint: str, path: str, method: str = "GET") -> Any:
    request = urllib.request.Request(f"{endpoint}/sandbox/{path}", method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def test_the_urls_show_and_change_the_sandbox(sandbox: Sandbox, topic: str) -> None:
    def get(path: str) -> Any:
        return ask(sandbox.endpoint, path)

    def post(path: str) -> Any:
        return ask(sandbox.endpoint, path, "POST")

    assert any("/sandbox/clock" in line for line in get(""))
    assert get("clock")["now"][:10] < post("clock?hours=48")["now"][:10]
    first, second = sandbox.fleet.load([{"name": "web", "count": 2}], ACCOUNT, REGION)
    assert get("fleet") == {"running": [first, second]}
    assert post(f"fleet?stop={second}") == {"running": [first], "stopped": [second]}
    subscribe(sandbox, topic, Endpoint="me@example.com")
    assert get("inbox")["pending"] == ["me@example.com"]
    assert post("inbox?confirm=me@example.com")["pending"] == []
    sandbox.client("sns", REGION).publish(TopicArn=topic, Message="hello", Subject="greeting")
    last = get("inbox")["emails"][-1]
    assert (last["to"], last["subject"]) == ("me@example.com", "greeting")
    assert get("executions") == []
    name = create(sandbox, passing("rest"))
    start(sandbox, name)
    sandbox.settle()
    [shown] = get("executions")
    assert (shown["DocumentName"], shown["AutomationExecutionStatus"]) == (name, "Success")


@pytest.mark.parametrize(
    "path", ["fleet?explode=i-1", "fleet?stop=i-1", "clock?fortnights=1", "clock?hours=-1", "nothing?a=b"]
)
def test_what_cannot_be_is_refused_with_a_reason(sandbox: Sandbox, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(sandbox.endpoint, path, "POST")
    assert error.value.code == 400
    assert json.loads(error.value.read())["error"]


def test_a_mistake_in_the_fleet_is_one_line(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text("- {name: web, colour: red}")
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--fleet", str(fleet)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert "colour" in answer.stderr
