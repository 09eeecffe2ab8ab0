"""Step Notify about all machines of a run: what is sent, what is left out, and with how many calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import look_up_several
import notify
import pytest
from jsonschema import Draft202012Validator

from tests.unit.golden_messages import ANNOTATIONS, EVENT, SCHEMA

EVENTS: dict[str, Any] = EVENT | {
    "Mode": "digest",
    "Totals": [],
    "TopicArn": "arn:aws:sns:eu-west-1:123456789012:on-call",
    "TagKeys": ["Owner"],
    "UserSteps": [],
}
MESSAGE_BYTES = 262_144


def machine_id(number: int) -> str:
    return f"i-{number:017}"


class Account:
    """What AWS answers: machines by number, with what differs from an instance that is running and lost.

    `calls` are the hosts and actions that were asked, `sent` are the messages.
    """

    def __init__(self, changes: dict[int, dict[str, Any]] | None = None, count: int = 50) -> None:
        usual = {"state": "running", "ping": "ConnectionLost", "tags": {}, "life_cycle": ""}
        self.machines = {number: usual | (changes or {}).get(number, {}) for number in range(count)}
        self.calls: list[str] = []
        self.sent: list[dict[str, Any]] = []

    def answer(self, url: str) -> tuple[int, str]:
        host = url.removeprefix("https://").partition(".")[0]
        self.calls.append(host)
        if host == "ssm":
            return 200, json.dumps({"InstanceInformationList": list(map(self._agent, self.machines))})
        if host == "autoscaling":
            members = "".join(
                f"<member><InstanceId>{machine_id(number)}</InstanceId>"
                f"<LifecycleState>{machine['life_cycle']}</LifecycleState></member>"
                for number, machine in self.machines.items()
            )
            answer = (
                f"<DescribeAutoScalingInstancesResult><AutoScalingInstances>{members}</AutoScalingInstances>"
            )
            return 200, f"<R>{answer}</DescribeAutoScalingInstancesResult></R>"
        instances = "".join(map(self._instance, self.machines))
        reservations = f"<item><instancesSet>{instances}</instancesSet></item>"
        return 200, f"<R><reservationSet>{reservations}</reservationSet><instanceStatusSet/></R>"

    def _agent(self, number: int) -> dict[str, str]:
        return {"InstanceId": machine_id(number), "PingStatus": self.machines[number]["ping"]}

    def _instance(self, number: int) -> str:
        machine = self.machines[number]
        group = {"aws:autoscaling:groupName": "web"} if machine["life_cycle"] else {}
        tags = {"Name": f"web-{number:02}"} | group | machine["tags"]
        items = "".join(f"<item><key>{key}</key><value>{value}</value></item>" for key, value in tags.items())
        return (
            f"<item><instanceId>{machine_id(number)}</instanceId><tagSet>{items}</tagSet>"
            f"<instanceState><name>{machine['state']}</name></instanceState></item>"
        )


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, answer_calls: Callable[..., None]) -> Callable[..., dict[str, str]]:
    """Runs the step in an account; each message that it sends is checked, and kept in `account.sent`."""

    def run_with(account: Account, lines: list[str], **events: Any) -> dict[str, str]:
        def keep(_topic: str, subject: str, body: str, **more: Any) -> None:
            bodies = json.loads(body)
            facts = json.loads(bodies["default"])
            Draft202012Validator(SCHEMA).validate(facts)
            size = len(body.encode()) + len(json.dumps(more["MessageAttributes"]))
            assert size <= MESSAGE_BYTES
            account.sent.append({"subject": subject, "text": bodies["email"], "facts": facts})

        monkeypatch.setattr(notify, "send", keep)
        answer_calls(account.answer)
        return notify.handler(EVENTS | {"Machines": lines} | events, None)

    return run_with


Run = Callable[..., dict[str, str]]


def lines(numbers: range | list[int], change: str = "Lost", code: str = "connection-lost") -> list[str]:
    return [f"{change} | {machine_id(number)} |  | {ANNOTATIONS[code]}" for number in numbers]


def test_50_machines_are_one_message_after_one_call_of_each_api(run: Run) -> None:
    account = Account()
    result = run(account, lines(range(50)))
    assert account.calls == ["ec2", "ssm"]
    [sent] = account.sent
    assert result == {
        "Result": f"message sent, for {', '.join(map(machine_id, range(50)))}",
        "Problem": "none",
        "Repair": "none",
    }
    assert all(f"web-{number:02} ({machine_id(number)})" in sent["text"] for number in range(50))
    assert sent["facts"]["machines_left_out"] == 0


def test_who_is_lost_no_more_is_left_out_and_named_with_the_reason(run: Run) -> None:
    account = Account(
        {
            0: {"ping": "Online"},
            1: {"state": "stopped"},
            2: {"state": "terminated"},
            3: {"life_cycle": "Terminating:Wait"},
            4: {"life_cycle": "InService"},
            8: {"ping": "Online"},
        },
        count=8 + 1,
    )
    machines = [*lines(range(6)), *lines([7, 8], "Recovered"), "Lost | i-0abcdef0 | | "]
    totals = ["Lost | connection-lost | 1000", "Lost | unknown | 1", "Recovered | connection-lost | 2"]
    result = run(account, machines, Totals=totals)
    assert result["Result"] == (
        f"message sent, for {machine_id(4)}, {machine_id(5)}, {machine_id(8)}; "
        f"left out: {machine_id(0)}: its SSM Agent answers again; "
        f"{machine_id(1)}: it is stopped; {machine_id(2)}: it is terminated; "
        f"{machine_id(3)}: the Auto Scaling group web is replacing it; "
        f"{machine_id(7)}: its SSM Agent is not online any more, but ConnectionLost; i-0abcdef0: it is gone"
    )
    assert account.calls == ["ec2", "ssm", "autoscaling"]
    [sent] = account.sent
    assert sent["subject"] == "SSM Agents lost: 996 machines in 123456789012 eu-west-1: 996 lost connection"
    assert "BACK: 1 MACHINE\n" in sent["text"]
    assert sent["facts"]["machines_left_out"] == 994


def test_if_nobody_is_left_no_message_is_sent_and_the_output_says_why(run: Run) -> None:
    account = Account({0: {"ping": "Online"}, 1: {"state": "stopped"}})
    result = run(account, lines([0, 1]), UserSteps=["Tag"], Totals=["Lost | connection-lost | 1002"])
    assert account.sent == []
    assert result == {
        "Result": f"no message, for {machine_id(0)}: its SSM Agent answers again; "
        f"{machine_id(1)}: it is stopped; 1,000 that the event does not name: not looked up",
        "Problem": "none",
        "Repair": "none",
    }


def test_an_event_without_machines_sends_nothing(run: Run) -> None:
    account = Account()
    assert run(account, [])["Result"] == "no message, for no machine"
    assert account.sent == []
    assert account.calls == []


@pytest.mark.parametrize("change", ["Lost", "Recovered"])
def test_a_digest_of_one_machine_is_the_message_about_a_single_one(run: Run, change: str) -> None:
    accounts = {
        mode: Account({0: {"ping": "Online"}} if change == "Recovered" else {})
        for mode in ("digest", "instance")
    }
    for mode, account in accounts.items():
        run(account, lines([0], change), Mode=mode, Totals=[f"{change} | connection-lost | 1"])
    [digest, single] = [account.sent[0] for account in accounts.values()]
    assert (digest["subject"], digest["text"]) == (single["subject"], single["text"])
    assert (digest["facts"]["kind"], single["facts"]["kind"]) == ("digest", "machine")


def test_one_machine_that_is_left_of_several_gets_its_own_message(run: Run) -> None:
    account = Account({0: {"ping": "Online"}})
    run(account, lines([0, 1]))
    assert account.sent[0]["subject"] == f"SSM Agent lost: web-01 ({machine_id(1)}): lost connection"
    assert account.calls == ["ec2", "ssm"]  # no second call of EC2, for status checks


def test_the_largest_tags_shorten_what_machines_read_and_the_text_names_all(run: Run) -> None:
    tags = {f"Tag{number}": "💥" * 256 for number in range(7)}
    account = Account({number: {"tags": tags} for number in range(50)})
    run(account, lines(range(50)), TagKeys=list(tags))
    [sent] = account.sent
    assert all(machine_id(number) in sent["text"] for number in range(50))
    kept = [machine["id"] for machine in sent["facts"]["machines"]]
    assert kept == [machine_id(number) for number in range(len(kept))]
    assert 0 < len(kept) < 50
    assert sent["facts"]["machines_left_out"] == 50 - len(kept)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Lost",
        "Lost |",
        "Lost | | |",
        "| | | |",
        "no line at all",
        "Lost | i-0 i-1 | x | y",
        'Lost | "i-1" | {"a": 1} | {{ global:REGION }}',
        "Lost | i-0abc'; DROP | x\ny\r\n | \u202eword\u2028s [no code",
        "Changed | i-1} | NON_COMPLIANT never | last ping yesterday [connection-lost]",
    ],
)
def test_a_malformed_line_loses_no_message(run: Run, line: str) -> None:
    account = Account()
    totals = ["", "Lost", "Lost | x | y", "Lost | connection-lost | 99999999999999999999", '{"a": "\u202e"}']
    result = run(account, [line, *lines([0]), line], Totals=totals)
    assert machine_id(0) in account.sent[0]["text"]
    assert account.sent[0]["subject"].startswith("SSM Agents lost: 3 machines")
    assert all(character.isprintable() for character in account.sent[0]["text"].replace("\n", ""))
    assert not set("{}\n") & set("".join(result.values()))
    account.sent.clear()
    run(account, [line])
    assert "does not answer" in account.sent[0]["text"]


def test_what_could_not_be_read_and_steps_that_failed_are_in_the_digest(run: Run) -> None:
    account = Account()
    steps = {"StepExecutions": [{"StepName": "Tag", "StepStatus": "Failed", "FailureMessage": "not allowed"}]}
    answer = account.answer

    def denied_once(url: str) -> tuple[int, str]:
        if "//ssm." in url:
            account.calls.append("ssm")
            is_first = account.calls.count("ssm") == 1
            return (403, '{"__type": "AccessDeniedException"}') if is_first else (200, json.dumps(steps))
        return answer(url)

    account.answer = denied_once  # type: ignore[method-assign]
    result = run(account, lines([0, 1]), UserSteps=["Tag"])
    assert "SSM Agents could not be looked up" in result["Problem"]
    assert "COULD NOT BE READ\n  SSM Agents could not be looked up" in account.sent[0]["text"]
    assert "YOUR STEPS THAT FAILED\n  Tag: Failed: not allowed" in account.sent[0]["text"]


def test_the_look_up_for_users_steps_says_who_is_still_lost(answer_calls: Callable[..., None]) -> None:
    account = Account({0: {"ping": "Online"}, 1: {"state": "stopped"}})
    answer_calls(account.answer)
    machines = [*lines(range(4)), *lines([4], "Recovered")]
    assert look_up_several.handler({"Machines": machines}, None) == {
        "StillLost": [machine_id(2), machine_id(3)],
        "StillLostCount": "2",
        "Problem": "none",
    }
    assert account.calls == ["ec2", "ssm"]
