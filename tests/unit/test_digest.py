"""The request Notify about all machines of a run: what is sent, who is left out, and with how many calls."""

import json
from collections.abc import Iterable

import pytest

from tests.unit.golden_messages import line as line_with
from tests.unit.responding import (
    InTurn,
    Responder,
    agents,
    ec2,
    instance,
    lost_agent,
    members,
    steps,
)

IDS = [f"i-{number:017}" for number in range(50)]


def answers_of(
    count: int = 50,
    *,
    states: dict[int, str] | None = None,
    online: Iterable[int] = (),
    life_cycles: dict[int, str] | None = None,
    tags: dict[str, str] | None = None,
) -> InTurn:
    """Of AWS about so many machines; by their numbers, what differs from one that is running and lost."""
    groups = {"aws:autoscaling:groupName": "web"}
    instances = [
        instance(
            machine_id,
            (states or {}).get(number, "running"),
            Name=f"web-{number:02}",
            **(groups if number in (life_cycles or {}) else {}),
            **(tags or {}),
        )
        for number, machine_id in enumerate(IDS[:count])
    ]
    found = [
        lost_agent(machine_id, PingStatus="Online" if number in online else "ConnectionLost")
        for number, machine_id in enumerate(IDS[:count])
    ]
    of_groups = members({IDS[number]: state for number, state in (life_cycles or {}).items()})
    return InTurn(ec2=[ec2(*instances)], ssm=[agents(*found)], autoscaling=[of_groups])


def responder_of(answers: InTurn, **environment: str) -> Responder:
    """In the mode `digest`."""
    return Responder(answers, **{"MODE": "digest", **environment})


def lines(numbers: Iterable[int], change: str = "Lost") -> list[str]:
    return [line_with("connection-lost", change=change, machine_id=IDS[number]) for number in numbers]


def test_50_machines_are_one_message_after_one_call_of_each_api() -> None:
    answers = answers_of()
    responder = responder_of(answers)
    answer = responder.ask("Notify", Machines=lines(range(50)))
    assert answers.hosts == ["ec2", "ssm"]
    assert answer == {
        "Status": "sent",
        "Result": f"message sent, for {', '.join(IDS)}",
        "Problem": "none",
        "Repair": "none",
    }
    [text], [facts] = responder.messages.texts, responder.messages.facts
    assert all(f"web-{number:02} ({machine_id})" in text for number, machine_id in enumerate(IDS))
    assert facts["machines_left_out"] == 0


def test_who_is_lost_no_more_is_left_out_and_named_with_the_reason() -> None:
    answers = answers_of(
        9,
        states={1: "stopped", 2: "terminated"},
        online=(0, 8),
        life_cycles={3: "Terminating:Wait", 4: "InService"},
    )
    responder = responder_of(answers)
    machines = [*lines(range(6)), *lines([7, 8], "Recovered"), "Lost | i-0abcdef0 | | "]
    totals = ["Lost | connection-lost | 1000", "Lost | unknown | 1", "Recovered | connection-lost | 2"]
    answer = responder.ask("Notify", Machines=machines, Totals=totals)
    assert answer["Result"] == (
        f"message sent, for {IDS[4]}, {IDS[5]}, {IDS[8]}; "
        f"left out: {IDS[0]}: its SSM Agent answers again; {IDS[1]}: it is stopped; "
        f"{IDS[2]}: it is terminated; {IDS[3]}: the Auto Scaling group web is replacing it; "
        f"{IDS[7]}: its SSM Agent is not online any more, but ConnectionLost; i-0abcdef0: it is gone"
    )
    assert answers.hosts == ["autoscaling", "ec2", "ssm"]
    [text], [facts] = responder.messages.texts, responder.messages.facts
    first = "SSM Agents lost: 996 machines in 123456789012 eu-west-1: 996 lost connection"
    assert text.partition("\n")[0] == first
    assert "BACK: 1 MACHINE\n" in text
    assert facts["machines_left_out"] == 994


@pytest.mark.parametrize(
    ("machines", "totals", "result"),
    [
        (
            [0, 1],
            ["Lost | connection-lost | 1002"],
            f"{IDS[0]}: its SSM Agent answers again; {IDS[1]}: it is stopped; "
            "1,000 that the event does not name: not looked up",
        ),
        ([], [], "no machine"),
    ],
)
def test_if_nobody_is_left_no_message_is_sent_and_the_output_says_why(
    machines: list[int], totals: list[str], result: str
) -> None:
    responder = responder_of(answers_of(2, online=[0], states={1: "stopped"}))
    answer = responder.ask("Notify", Machines=lines(machines), UserSteps=["Tag"], Totals=totals)
    assert answer == {
        "Status": "sent",
        "Result": f"no message, for {result}",
        "Problem": "none",
        "Repair": "none",
    }
    assert responder.messages.sent == []
    assert len(responder.answers.urls) == (2 if machines else 0)


@pytest.mark.parametrize("change", ["Lost", "Recovered"])
def test_a_digest_of_one_machine_is_the_message_about_a_single_one(change: str) -> None:
    answers = answers_of(1, online=[0] if change == "Recovered" else [])
    responders = [Responder(answers, MODE=mode) for mode in ("digest", "instance")]
    for responder in responders:
        responder.ask("Notify", Machines=lines([0], change), Totals=[f"{change} | connection-lost | 1"])
    [[digest], [single]] = [responder.messages.texts for responder in responders]
    assert digest == single
    assert [responder.messages.facts[0]["kind"] for responder in responders] == ["digest", "machine"]


def test_one_machine_that_is_left_of_several_gets_its_own_message() -> None:
    answers = answers_of(2, online=[0])
    responder = responder_of(answers)
    responder.ask("Notify", Machines=lines([0, 1]))
    first = f"SSM Agent lost: web-01 ({IDS[1]}): lost connection"
    assert responder.messages.texts[0].partition("\n")[0] == first
    assert answers.hosts == ["ec2", "ssm"]  # no second call of EC2, for status checks


def test_the_largest_tags_shorten_what_machines_read_and_the_text_names_all() -> None:
    tags = {f"Tag{number}": "💥" * 256 for number in range(7)}
    responder = responder_of(answers_of(tags=tags), TAG_KEYS=json.dumps([*tags]))
    assert responder.ask("Notify", Machines=lines(range(50)))["Status"] == "sent"
    [text], [facts] = responder.messages.texts, responder.messages.facts
    assert all(machine_id in text for machine_id in IDS)
    kept = [machine["id"] for machine in facts["machines"]]
    assert kept == IDS[: len(kept)]
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
        f"Lost | {IDS[1]} | x | a | b [not a code",
        f"Lost | {IDS[1]} | | last ping 2026-02-31T10:00:00Z [inactive]",
    ],
)
def test_a_malformed_line_loses_no_message(line: str) -> None:
    responder = responder_of(answers_of())
    totals = ["", "Lost", "Lost | x | y", "Lost | connection-lost | 99999999999999999999", '{"a": "\u202e"}']
    answer = responder.ask("Notify", Machines=[line, *lines([0]), line], Totals=totals)
    assert answer["Status"] == "sent"
    [text] = responder.messages.texts
    assert IDS[0] in text
    assert text.startswith("SSM Agents lost: 3 machines")
    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert not set("{}\n") & set("".join(answer.values()))
    responder.ask("Notify", Machines=[line])
    assert "does not answer" in responder.messages.texts[1]


def test_of_many_steps_that_failed_the_message_names_as_many_as_it_has_room_for() -> None:
    names = [f"Step{number}" for number in range(400)]
    said = {"StepStatus": "Failed", "FailureMessage": "💥" * 5000}
    answers = answers_of()
    answers.left["ssm"].append(steps(*({"StepName": name, **said} for name in names)))
    responder = responder_of(answers)
    assert responder.ask("Notify", Machines=lines(range(50)), UserSteps=names)["Status"] == "sent"
    [text] = responder.messages.texts
    assert "  Step49: Failed: " in text
    assert "  and 350 more\n" in text
