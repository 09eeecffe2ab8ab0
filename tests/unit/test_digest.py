"""The request Notify about all machines of a run: what is sent, who is left out, and with how many calls."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.golden_messages import ANNOTATIONS
from tests.unit.responding import DENIED, Responder, steps


def machine_id(number: int) -> str:
    return f"i-{number:017}"


class Account:
    """What AWS answers: machines by number, with what differs from an instance that is running and lost.

    `calls` are the hosts that were asked.
    """

    def __init__(self, changes: dict[int, dict[str, Any]] | None = None, count: int = 50) -> None:
        usual = {"state": "running", "ping": "ConnectionLost", "tags": {}, "life_cycle": ""}
        self.machines = {number: usual | (changes or {}).get(number, {}) for number in range(count)}
        self.calls: list[str] = []

    def __call__(self, url: str) -> tuple[int, str]:
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


def responder_of(account: Account, **environment: str) -> Responder:
    """In the mode `digest`."""
    return Responder(account, **{"MODE": "digest", **environment})


def lines(numbers: range | list[int], change: str = "Lost", code: str = "connection-lost") -> list[str]:
    return [f"{change} | {machine_id(number)} |  | {ANNOTATIONS[code]}" for number in numbers]


def test_50_machines_are_one_message_after_one_call_of_each_api() -> None:
    account = Account()
    responder = responder_of(account)
    answer = responder.ask("Notify", Machines=lines(range(50)))
    assert sorted(account.calls) == ["ec2", "ssm"]
    assert answer == {
        "Status": "sent",
        "Result": f"message sent, for {', '.join(map(machine_id, range(50)))}",
        "Problem": "none",
        "Repair": "none",
    }
    [text], [facts] = responder.messages.texts, responder.messages.facts
    assert all(f"web-{number:02} ({machine_id(number)})" in text for number in range(50))
    assert facts["machines_left_out"] == 0


def test_who_is_lost_no_more_is_left_out_and_named_with_the_reason() -> None:
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
    responder = responder_of(account)
    machines = [*lines(range(6)), *lines([7, 8], "Recovered"), "Lost | i-0abcdef0 | | "]
    totals = ["Lost | connection-lost | 1000", "Lost | unknown | 1", "Recovered | connection-lost | 2"]
    answer = responder.ask("Notify", Machines=machines, Totals=totals)
    assert answer["Result"] == (
        f"message sent, for {machine_id(4)}, {machine_id(5)}, {machine_id(8)}; "
        f"left out: {machine_id(0)}: its SSM Agent answers again; "
        f"{machine_id(1)}: it is stopped; {machine_id(2)}: it is terminated; "
        f"{machine_id(3)}: the Auto Scaling group web is replacing it; "
        f"{machine_id(7)}: its SSM Agent is not online any more, but ConnectionLost; i-0abcdef0: it is gone"
    )
    assert sorted(account.calls) == ["autoscaling", "ec2", "ssm"]
    [text], [facts] = responder.messages.texts, responder.messages.facts
    first = "SSM Agents lost: 996 machines in 123456789012 eu-west-1: 996 lost connection"
    assert text.partition("\n")[0] == first
    assert "BACK: 1 MACHINE\n" in text
    assert facts["machines_left_out"] == 994


def test_if_nobody_is_left_no_message_is_sent_and_the_output_says_why() -> None:
    responder = responder_of(Account({0: {"ping": "Online"}, 1: {"state": "stopped"}}))
    totals = ["Lost | connection-lost | 1002"]
    assert responder.ask("Notify", Machines=lines([0, 1]), UserSteps=["Tag"], Totals=totals) == {
        "Status": "sent",
        "Result": f"no message, for {machine_id(0)}: its SSM Agent answers again; "
        f"{machine_id(1)}: it is stopped; 1,000 that the event does not name: not looked up",
        "Problem": "none",
        "Repair": "none",
    }
    assert responder.messages.sent == []


def test_an_event_without_machines_sends_nothing() -> None:
    account = Account()
    responder = responder_of(account)
    answer = responder.ask("Notify")
    assert (answer["Status"], answer["Result"]) == ("sent", "no message, for no machine")
    assert responder.messages.sent == []
    assert account.calls == []


@pytest.mark.parametrize("change", ["Lost", "Recovered"])
def test_a_digest_of_one_machine_is_the_message_about_a_single_one(change: str) -> None:
    account = Account({0: {"ping": "Online"}} if change == "Recovered" else {})
    responders = [Responder(account, MODE=mode) for mode in ("digest", "instance")]
    for responder in responders:
        responder.ask("Notify", Machines=lines([0], change), Totals=[f"{change} | connection-lost | 1"])
    [[digest], [single]] = [responder.messages.texts for responder in responders]
    assert digest == single
    assert [responder.messages.facts[0]["kind"] for responder in responders] == ["digest", "machine"]


def test_one_machine_that_is_left_of_several_gets_its_own_message() -> None:
    account = Account({0: {"ping": "Online"}})
    responder = responder_of(account)
    responder.ask("Notify", Machines=lines([0, 1]))
    first = f"SSM Agent lost: web-01 ({machine_id(1)}): lost connection"
    assert responder.messages.texts[0].partition("\n")[0] == first
    assert sorted(account.calls) == ["ec2", "ssm"]  # no second call of EC2, for status checks


def test_the_largest_tags_shorten_what_machines_read_and_the_text_names_all() -> None:
    tags = {f"Tag{number}": "💥" * 256 for number in range(7)}
    account = Account({number: {"tags": tags} for number in range(50)})
    responder = responder_of(account, TAG_KEYS=json.dumps([*tags]))
    assert responder.ask("Notify", Machines=lines(range(50)))["Status"] == "sent"
    [text], [facts] = responder.messages.texts, responder.messages.facts
    assert all(machine_id(number) in text for number in range(50))
    kept = [machine["id"] for machine in facts["machines"]]
    assert kept == [machine_id(number) for number in range(len(kept))]
    assert 0 < len(kept) < 50
    assert facts["machines_left_out"] == 50 - len(kept)


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
        "Lost | | NON_COMPLIANT 2026-02-31T25:00:00Z | last ping 2026-02-31T25:00:00Z [connection-lost]",
        f"Lost | i-{'0' * 400} | NON_COMPLIANT 2026-02-28T10:00:00Z | x",
        "Lost | \ud83d | \ud83d | \ud83d",
    ],
)
def test_a_malformed_line_loses_no_message(line: str) -> None:
    responder = responder_of(Account())
    totals = ["", "Lost", "Lost | x | y", "Lost | connection-lost | 99999999999999999999", '{"a": "\u202e"}']
    answer = responder.ask("Notify", Machines=[line, *lines([0]), line], Totals=totals)
    assert answer["Status"] == "sent"
    [text] = responder.messages.texts
    assert machine_id(0) in text
    assert text.startswith("SSM Agents lost: 3 machines")
    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert not set("{}\n") & set("".join(answer.values()))
    responder.ask("Notify", Machines=[line])
    assert "does not answer" in responder.messages.texts[1]


def test_what_could_not_be_read_and_steps_that_failed_are_in_the_digest() -> None:
    account = Account()
    ran = steps({"StepName": "Tag", "StepStatus": "Failed", "FailureMessage": "not allowed"})

    def denied_once(url: str) -> tuple[int, str]:
        if "//ssm." not in url:
            return account(url)
        account.calls.append("ssm")
        return DENIED if account.calls.count("ssm") == 1 else ran

    responder = Responder(denied_once, MODE="digest")
    answer = responder.ask("Notify", Machines=lines([0, 1]), UserSteps=["Tag"])
    problem = "SSM Agents could not be read: AccessDeniedException (DescribeInstanceInformation)"
    assert (answer["Status"], answer["Problem"]) == ("sent", problem)
    [text] = responder.messages.texts
    assert f"COULD NOT BE READ\n  {problem}" in text
    assert "YOUR STEPS THAT FAILED\n  Tag: Failed: not allowed" in text


def test_of_many_steps_that_failed_the_message_names_as_many_as_it_has_room_for() -> None:
    names = [f"Step{number}" for number in range(400)]
    said = {"StepStatus": "Failed", "FailureMessage": "💥" * 5000}
    account, ran = Account(), steps(*({"StepName": name, **said} for name in names))

    def answer(url: str) -> tuple[int, str]:
        return ran if account.calls.count("ssm") and "//ssm." in url else account(url)

    responder = Responder(answer, MODE="digest")
    assert responder.ask("Notify", Machines=lines(range(50)), UserSteps=names)["Status"] == "sent"
    [text] = responder.messages.texts
    assert "  Step49: Failed: " in text
    assert "  and 350 more\n" in text
