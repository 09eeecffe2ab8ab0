"""The sandbox by itself: the URLs for curl, and the command."""

import json
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from sandbox.__main__ import main
from sandbox.account import Sandbox
from sandbox.tests.deployments import ACCOUNT, REGION, subscribe
from sandbox.tests.runbooks import create, passing, start


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


def test_a_mistake_in_the_fleet_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fleet.yaml").write_text("- {name: web, colour: red}")
    monkeypatch.setattr(sys, "argv", ["sandbox", "--port", "0", "--fleet", str(tmp_path / "fleet.yaml")])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert main() == 1
    message = capsys.readouterr().err
    assert (message.count("\n"), "colour" in message) == (1, True)
