"""The request LookUp: what the user's steps get to know of the machines, and of the cause."""

from typing import Any

import pytest

from tests.unit.responding import (
    BRACES,
    DENIED,
    EC2_DENIED,
    ID,
    NODE,
    InTurn,
    Responder,
    agents,
    ec2,
    instance,
    line_of,
    lost_agent,
)

UNKNOWN = {
    "Status": "done",
    "InstanceName": "unknown",
    "InstanceState": "unknown",
    "PingStatus": "unknown",
    "LastPing": "none",
    "AgentVersion": "unknown",
    "Platform": "unknown",
    "Cause": "unknown",
    "Problem": "none",
}
AGENT_UNREAD = "SSM Agents could not be read: AccessDeniedException (DescribeInstanceInformation)"
OLD = "2.0.0.0"
"""The version of an agent that AWS no longer supports: the one check that needs no other call."""


EMPTY_PAGE = 200, '{"InstanceInformationList": [], "NextToken": "more"}'
WITHOUT_RIGHTS = f"EC2 instances could not be read: UnauthorizedOperation (DescribeInstances); {AGENT_UNREAD}"
OF_EC2 = {"InstanceName": "web-01", "InstanceState": "running", "PingStatus": "ConnectionLost"}
OF_AGENT = {"LastPing": "2026-03-01T09:00:00Z", "AgentVersion": "3.3.1.0", "Platform": "Ubuntu"}
NO_REFERENCE = {"InstanceName": "global:REGION", "Platform": "global:REGION"}
OF_NODE = {"InstanceState": "hybrid node", "PingStatus": "ConnectionLost"}


@pytest.mark.parametrize(
    ("machine_id", "instances", "found", "expected"),
    [
        (
            ID,
            ec2(instance()),
            [agents(lost_agent(AgentVersion="3.3.1.0", LastPingDateTime=1772355600, PlatformName="Ubuntu"))],
            OF_EC2 | OF_AGENT,
        ),
        (
            NODE,
            ec2(),
            [EMPTY_PAGE, agents(lost_agent(NODE, PlatformName=BRACES, ComputerName=BRACES))],
            OF_NODE | NO_REFERENCE,
        ),
        (
            ID,
            ec2(),
            [agents()],
            {"InstanceState": "gone", "PingStatus": "NotRegistered", "AgentVersion": "none"},
        ),
        (ID, EC2_DENIED, [DENIED], {"Problem": WITHOUT_RIGHTS}),
    ],
)
def test_of_one_machine_it_says_what_ec2_and_systems_manager_say(
    machine_id: str, instances: tuple[int, str], found: list[tuple[int, str]], expected: dict[str, str]
) -> None:
    answer = Responder(InTurn(ec2=[instances], ssm=found)).ask("LookUp", Machines=[line_of(machine_id)])
    assert answer == UNKNOWN | expected


FLEET = [line_of(f"mi-{number:017}") for number in range(4)]


def many(*found: dict[str, Any]) -> tuple[int, str]:
    """Systems Manager's answer about the fleet: the first answers again, and so on."""
    return agents(*({"InstanceId": f"mi-{number:017}"} | each for number, each in enumerate(found)))


def test_of_several_it_says_who_is_still_lost_and_machines_that_are_back_do_not_count() -> None:
    online, lost_again = {"PingStatus": "Online"}, {"PingStatus": "ConnectionLost"}
    responder = Responder(InTurn(ssm=[many(online, lost_again, lost_again, lost_again)]), MODE="digest")
    machines = [*FLEET[:3], FLEET[3].replace("Lost |", "Recovered |", 1)]
    ids = [f"mi-{number:017}" for number in (1, 2)]
    assert responder.ask("LookUp", Machines=machines) == {
        "Status": "done",
        "StillLost": ids,
        "StillLostCount": "2",
        "Causes": [f"unknown | {', '.join(ids)}"],
        "Problem": "none",
    }


@pytest.mark.parametrize("diagnosis", ["true", "false"])
@pytest.mark.parametrize("machines", [[], FLEET[:1], [line_of(NODE, "Recovered")]])
def test_if_nobody_is_lost_the_lists_are_empty(machines: list[str], diagnosis: str) -> None:
    answers = InTurn(ssm=[many({"PingStatus": "Online"})])
    answer = Responder(answers, MODE="digest", DIAGNOSIS=diagnosis).ask("LookUp", Machines=machines)
    assert answer == {
        "Status": "done",
        "StillLost": [],
        "StillLostCount": "0",
        "Causes": [],
        "Problem": "none",
    }
    assert len(answers.urls) == (1 if machines == FLEET[:1] else 0)  # nothing is looked into


def test_a_machine_that_could_not_be_read_counts_as_lost_agent() -> None:
    answer = Responder(InTurn(ssm=[DENIED]), MODE="digest").ask("LookUp", Machines=FLEET)
    assert answer["StillLostCount"] == "4"
    assert answer["Problem"] == AGENT_UNREAD


@pytest.mark.parametrize(("diagnosis", "cause"), [("true", "agent-version"), ("false", "unknown")])
@pytest.mark.parametrize("mode", ["digest", "instance"])
def test_it_names_the_likely_cause_if_the_diagnosis_is_on(mode: str, diagnosis: str, cause: str) -> None:
    """All that the diagnosis would read besides is denied, and spoils nothing."""
    answers = InTurn(
        ssm=[agents(lost_agent(AgentVersion=OLD)), DENIED], ec2=[ec2(instance()), EC2_DENIED], iam=[DENIED]
    )
    answers.left["config"] = [DENIED]
    answer = Responder(answers, MODE=mode, DIAGNOSIS=diagnosis).ask("LookUp", Machines=[line_of()])
    if mode == "instance":
        assert answer["Cause"] == cause
    else:
        assert answer["Causes"] == [f"{cause} | {ID}"]
    assert (answer["Status"], answer["Problem"]) == ("done", "none")


def test_causes_are_lines_that_automation_takes_and_name_each_lost_machine() -> None:
    """Of 50 machines the first ten are looked into; three of these have an agent that is too old."""
    ids = [f"i-{number:017}" for number in range(50)]
    old = [ids[number] for number in (0, 4, 9, 12)]
    found = (lost_agent(each, AgentVersion=OLD if each in old else "3.3.1611.0") for each in ids)
    answers = InTurn(
        ec2=[ec2(*map(instance, ids)), EC2_DENIED],
        ssm=[agents(*found), DENIED],
    )
    responder = Responder(answers, MODE="digest", DIAGNOSIS="true")
    answer = responder.ask("LookUp", Machines=[line_of(each) for each in ids])
    assert answer["StillLost"] == ids
    assert all(len(line) <= 512 for line in answer["Causes"])
    first, *rest = (line.partition(" | ") for line in answer["Causes"])
    assert first == ("agent-version", " | ", ", ".join(old[:3]))
    assert {cause for cause, _, _ in rest} == {"unknown"}
    assert [each for _, _, names in rest for each in names.split(", ")] == [
        each for each in ids if each not in old[:3]
    ]
    assert len(rest) == 2


@pytest.mark.parametrize("mode", ["digest", "instance"])
def test_without_time_it_answers_what_the_event_says(mode: str) -> None:
    answers = InTurn()
    responder = Responder(answers, MODE=mode, DIAGNOSIS="true")
    answer = responder.ask("LookUp", seconds=0, Machines=[line_of()])
    assert answers.urls == []
    assert answer["Status"] == "done"
    assert answer["Problem"] == "; ".join(
        f"{what} could not be read: no time was left" for what in ("EC2 instances", "SSM Agents")
    )
    if mode == "instance":
        assert answer == UNKNOWN | {"Problem": answer["Problem"]}
    else:
        assert (answer["StillLost"], answer["Causes"]) == ([ID], [f"unknown | {ID}"])
