"""How the checks are run: side by side, each by itself, anew each time, and as long as there is time."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, wait
from datetime import timedelta
from typing import Any

import pytest

from ssm_agent_monitor.responder import reading
from ssm_agent_monitor.responder.diagnosis.facts.vpc import KINDS
from ssm_agent_monitor.responder.diagnosis.finding import (
    BROKEN,
    COULD_NOT_CHECK,
    FINE,
    NOT_LOOKED_AT,
    Finding,
)
from ssm_agent_monitor.responder.diagnosis.identity_checks import IDENTITY_CHECKS
from ssm_agent_monitor.responder.diagnosis.network_checks import NETWORK_CHECKS
from ssm_agent_monitor.responder.diagnosis.registry import CHECKS
from ssm_agent_monitor.responder.diagnosis.run import diagnose
from ssm_agent_monitor.responder.diagnosis.subjects import subjects_of
from ssm_agent_monitor.responder.handler import respond
from ssm_agent_monitor.responder.machines.by_id import look_up
from tests.unit.diagnosing import (
    PLACE,
    Account,
    Answers,
    Hanging,
    activation,
    configuration_item,
    console,
    host_setting,
    refusal,
    role,
    simulated,
    world,
)
from tests.unit.networks import (
    INSTANCE,
    entries,
    entry,
    security_group,
    table,
    with_endpoints,
    with_nat,
)
from tests.unit.responding import NOW, PAYLOADS, Responder

OTHER, NODE = "i-0abcdef0123456789", "mi-0123456789abcdef0"
TEN = [f"i-0123456789abcdef{number}" for number in range(10)]
REPAIR = json.dumps(
    {
        "tagKey": "Repair",
        "tagValue": "yes",
        "instanceProfile": "web",
        "reboot": True,
        "maxConcurrent": 5,
        "cooldownHours": 24,
        "repairedAtTag": "ssm-agents:repaired-at",
        "document": "ssm-agents-repair",
        "needsApproval": False,
    }
)


def verdicts_of(found: list[Finding]) -> dict[str, str]:
    """The verdict of each check: of several findings, the first."""
    return {each["Check"]: each["Verdict"] for each in reversed(found)}


def lines(*ids: str) -> list[str]:
    return [f"Lost | {each} |  | Ping status ConnectionLost [connection-lost]" for each in ids]


# By operation: an answer of a shape that nobody has seen yet, and the checks that then can't be made.
STRANGE: list[tuple[str, Answers, set[str]]] = [
    ("DescribeInstanceStatus", {"InstanceStatuses": [{"SystemStatus": None}]}, {"machine"}),
    ("GetConsoleOutput", {"Output": 5}, {"system-log"}),
    (
        "GetResourceConfigHistory",
        {"configurationItems": [configuration_item() | {"configuration": "no JSON"}] * 2},
        {"changes"},
    ),
    ("DescribeIamInstanceProfileAssociations", {"IamInstanceProfileAssociations": [{}]}, {*IDENTITY_CHECKS}),
    ("DescribeSecurityGroups", {"SecurityGroups": [{"GroupId": "sg-app"}]}, {*NETWORK_CHECKS}),
]


@pytest.mark.parametrize(("operation", "answer", "failing"), STRANGE, ids=[row[0] for row in STRANGE])
def test_a_check_that_fails_costs_itself_alone(operation: str, answer: Answers, failing: set[str]) -> None:
    healthy = Account(world(with_nat())).diagnose(INSTANCE)[INSTANCE]
    found = Account(world(with_nat(), **{operation: answer})).diagnose(INSTANCE)[INSTANCE]
    assert [each for each in found if each["Check"] not in failing] == [
        each for each in healthy if each["Check"] not in failing
    ]
    failed = [each for each in found if each["Check"] in failing]
    assert {(each["Check"], each["Verdict"]) for each in failed} == {
        (check, COULD_NOT_CHECK) for check in failing
    }
    assert all("the check failed: " in each["Found"] or "read" in each["Found"] for each in failed)


def test_an_instance_that_cannot_be_read_could_not_be_checked_and_costs_no_other_machine() -> None:
    account = Account(world(with_nat(), INSTANCE, NODE, DescribeInstances=refusal("UnauthorizedOperation")))
    found = account.diagnose(INSTANCE, NODE)
    why = "EC2 instances could not be read: UnauthorizedOperation (DescribeInstances)"
    assert [(each["Check"], each["Verdict"], each["Found"]) for each in found[INSTANCE]] == [
        (each["Check"], COULD_NOT_CHECK, why) for each in found[INSTANCE]
    ]
    assert verdicts_of(found[INSTANCE]).keys() == CHECKS.keys()
    assert verdicts_of(found[NODE])["activation"] == FINE


def test_what_there_is_no_time_for_is_not_looked_at() -> None:
    account = Account(world(with_nat()))
    with account.reader() as reader:
        subjects = subjects_of([INSTANCE], look_up(reader, [INSTANCE]))
    with account.reader(seconds=0) as reader:
        findings, late = diagnose(reader, PLACE, subjects)
    assert verdicts_of(findings[INSTANCE]) == dict.fromkeys(CHECKS, NOT_LOOKED_AT)
    assert late == [f"no time was left to look at: {', '.join(title for title, _ in CHECKS.values())}"]


def broken_world() -> Answers:
    """In which as much is broken as can be at once."""
    network, instance = with_nat()
    table(network).pop()
    security_group(network)["IpPermissionsEgress"] = []
    entries(network).append(entry(1, True, "deny"))
    network["EnableDnsSupport"] = False
    nat = {"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"}
    answers = world(
        (network, instance),
        INSTANCE,
        NODE,
        machine={"MetadataOptions": {"HttpEndpoint": "disabled"}, "IamInstanceProfile": None},
        DescribeInstanceStatus={"InstanceStatuses": [{"InstanceStatus": {"Status": "impaired"}}]},
        GetConsoleOutput=console("Kernel panic - not syncing: VFS"),
        GetRole=role("web-role", "lambda.amazonaws.com"),
        SimulatePrincipalPolicy=simulated("ssmmessages:OpenDataChannel"),
        GetServiceSetting=host_setting("web-role", changed=NOW - timedelta(minutes=5)),
        DescribeActivations=activation(used=2),
        GetResourceConfigHistory={
            "configurationItems": [configuration_item(minutes=4), configuration_item(nat, days=9)]
        },
    )
    old = answers["DescribeInstanceInformation"]

    def agents(asked: dict[str, Any]) -> Answers:
        found = old(asked)["InstanceInformationList"]
        return {"InstanceInformationList": [each | {"AgentVersion": "3.1.0.0"} for each in found]}

    return answers | {"DescribeInstanceInformation": agents}


def other_world() -> Answers:
    """In which another thing is broken, and what is fine is so for another reason."""
    nothing: list[Any] = []
    return world(
        with_endpoints(),
        INSTANCE,
        NODE,
        machine={"IamInstanceProfile": None},
        DescribeIamInstanceProfileAssociations={"IamInstanceProfileAssociations": nothing},
    )


def test_a_process_that_goes_on_tells_the_truth_of_each_day() -> None:
    account = Account(broken_world())
    first = account.diagnose(INSTANCE, NODE)
    account.answers = other_world()
    second = account.diagnose(INSTANCE, NODE, now=NOW + timedelta(days=1))
    account.answers = broken_world()
    assert account.diagnose(INSTANCE, NODE) == first
    assert {
        check
        for machine_id in (INSTANCE, NODE)
        for check in CHECKS
        if [each for each in first[machine_id] if each["Check"] == check]
        != [each for each in second[machine_id] if each["Check"] == check]
    } == {*CHECKS}
    not_in_order = ("profile", "default-host-management")
    not_on_the_way = ("profile-role", "trust", "rights", "precedence", "route", "activation")
    assert verdicts_of(first[INSTANCE]) == dict.fromkeys(CHECKS, BROKEN) | {
        "profile": FINE,
        "profile-role": FINE,
        "precedence": NOT_LOOKED_AT,
        "endpoints": NOT_LOOKED_AT,
        "activation": NOT_LOOKED_AT,
    }
    assert verdicts_of(second[INSTANCE]) == (
        dict.fromkeys(CHECKS, FINE)
        | dict.fromkeys(not_in_order, BROKEN)
        | dict.fromkeys(not_on_the_way, NOT_LOOKED_AT)
    )
    assert verdicts_of(first[NODE])["activation"] == COULD_NOT_CHECK
    assert verdicts_of(second[NODE])["activation"] == FINE


def test_each_message_of_a_process_tells_of_the_network_as_it_is_then() -> None:
    network, instance = with_nat()
    routes, group = table(network), security_group(network)
    open_rules, way_out = group["IpPermissionsEgress"], routes.pop()
    account = Account(world((network, instance)))
    responder = account.responder()

    def ask(day: int) -> dict[str, Any]:
        return responder.ask("Notify", Machines=lines(INSTANCE), now=NOW + timedelta(days=day))

    answers = [ask(0)]
    routes.append(way_out)
    group["IpPermissionsEgress"] = []
    answers.append(ask(1))
    group["IpPermissionsEgress"] = open_rules
    answers.append(ask(2))
    assert [(each["Status"], each["Problem"]) for each in answers] == [("sent", "none")] * 3
    told = [
        "Route table rtb-app of subnet-app has no route for 0.0.0.0/0.",
        "Security group sg-app lets no port 443 out to the internet (IPv4).",
        "Nothing that can be seen from outside the machine is known to be broken.",
    ]
    assert [[words in text for words in told] for text in responder.messages.texts] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    """An answer that does not come before the test has ended."""
    made = Hanging()
    yield made
    made.release()


class OwnTime:
    """Time for reading that is over as soon as nothing runs but what waits for the answer that hangs.

    So what is late does not depend on how busy the machine is. `late` is how many tasks wait for it.
    """

    def __init__(self, hanging: Hanging, late: int) -> None:
        self.hanging, self.late = hanging, late
        self.seconds = 150.0

    def left(self) -> float:
        return self.seconds

    def wait(self, futures: Collection[Future[Any]], timeout: float) -> None:
        """In the place of `wait` of concurrent.futures."""
        running, gives_up = {*futures} if timeout else set(), time.monotonic() + 300
        while running and not (self.hanging.begun.is_set() and len(running) <= self.late):
            running = wait(running, timeout=0.05).not_done
            if time.monotonic() > gives_up:
                break
        if running:
            self.seconds = 0.0


Ask = Callable[[Responder, int], dict[str, Any]]


@pytest.fixture
def ask(hanging: Hanging, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks to notify of a process's machines, while so many tasks wait for the answer that hangs."""

    def notify(responder: Responder, late: int, *ids: str) -> dict[str, Any]:
        own = OwnTime(hanging, late)
        monkeypatch.setattr(reading, "wait", own.wait)
        asked = {"Request": "Notify", **PAYLOADS["Notify"], "Machines": lines(*ids or (INSTANCE,))}
        return respond(
            asked, responder.environment, lambda: responder.clients, NOW, own.left, lambda _seconds: None
        )

    return notify


# By operation that hangs: the checks that wait for it, and how many tasks for each machine.
LATE: list[tuple[str, set[str], int]] = [
    ("GetConsoleOutput", {"system-log"}, 1),
    ("DescribeRouteTables", {"changes", *NETWORK_CHECKS}, 2),
    ("GetResourceConfigHistory", {"changes"}, 1),
    ("GetServiceSetting", {*IDENTITY_CHECKS}, 1),
    ("DescribeVpcAttribute", {*NETWORK_CHECKS}, 1),
]


@pytest.mark.parametrize(("operation", "late", "tasks"), LATE, ids=[row[0] for row in LATE])
@pytest.mark.parametrize("ids", [[INSTANCE], TEN], ids=["one", "ten"])
def test_an_answer_that_hangs_costs_only_what_needs_it(
    hanging: Hanging, ask: Ask, operation: str, late: set[str], tasks: int, ids: list[str]
) -> None:
    account = Account(world(with_nat(), *ids) | {operation: hanging})
    responder = account.responder(MODE="instance" if len(ids) == 1 else "digest")
    answer = ask(responder, tasks * len(ids), *ids)
    named = ", ".join(title for check, (title, _) in CHECKS.items() if check in late)
    problem = f"no time was left to look at: {named}"
    assert (answer["Status"], answer["Problem"]) == ("sent", problem)
    [text] = responder.messages.texts
    assert f"COULD NOT BE READ\n  {problem}\n" in text
    fine = [
        title
        for check, (title, _) in CHECKS.items()
        if check not in {*late, "endpoints", "activation", "default-host-management", "precedence"}
    ]
    assert f"Fine: {', '.join(fine)}" in text


def test_nothing_is_repaired_while_it_is_not_known_what_is_broken(hanging: Hanging, ask: Ask) -> None:
    account = Account(world(with_nat(), machine={"Tags": [{"Key": "Repair", "Value": "yes"}]}))
    responder = account.responder(REPAIR=REPAIR)
    assert responder.ask("Notify", Machines=lines(INSTANCE))["Repair"] == "reboot"
    account.answers["GetConsoleOutput"] = hanging
    answer = ask(responder, 1)
    assert (answer["Status"], answer["Repair"]) == ("sent", "none")
    known, late = responder.messages.texts
    assert "The runbook will now reboot" in known
    assert "Held back: no time was left to look at: system log." in late


def test_a_message_is_sent_when_the_time_for_reading_is_over(hanging: Hanging) -> None:
    account = Account(world(with_nat(), GetConsoleOutput=hanging))
    responder = account.responder()
    answer = responder.ask("Notify", Machines=lines(INSTANCE), seconds=0.5)
    assert answer["Status"] == "sent"
    [text] = responder.messages.texts
    problems = text.partition("COULD NOT BE READ\n")[2].partition("\n\n")[0]
    assert "no time was left" in problems
    assert answer["Problem"].split("; ") == [each.strip() for each in problems.splitlines()]


def test_what_machines_share_is_read_once_for_all_of_them() -> None:
    network, instance = with_nat()
    account = Account(world((network, instance), *TEN))
    found = account.diagnose(*TEN)
    assert {verdict for each in found.values() for verdict in verdicts_of(each).values()} == {
        FINE,
        NOT_LOOKED_AT,
    }
    of_all = ["DescribeInstances", "DescribeInstanceInformation", "DescribeIamInstanceProfileAssociations"]
    of_role = ["GetInstanceProfile", "GetRole", "GetServiceSetting"]
    of_vpc = ["".join(word.capitalize() for word in each.split("_")) for each in KINDS.values()]
    once = [*of_all, *of_role, *of_vpc, "DescribeDhcpOptions"]
    assert account.calls == Counter(
        dict.fromkeys(once, 1)
        | {"DescribeVpcAttribute": 2}
        | {each: len(TEN) for each in ("DescribeInstanceStatus", "GetConsoleOutput")}
        # of each: whether it may be updated; for all: the other calls
        | {"SimulatePrincipalPolicy": len(TEN) + 1}
        # itself, its group and its route table: the time of its last ping is its own
        | {"GetResourceConfigHistory": 3 * len(TEN)}
    )


@pytest.mark.parametrize(
    "together",
    [
        ("DescribeInstances", "DescribeInstanceInformation"),
        ("GetConsoleOutput", "DescribeIamInstanceProfileAssociations", "DescribeVpcs", "DescribeRouteTables"),
    ],
)
def test_what_does_not_depend_on_each_other_is_read_side_by_side(together: tuple[str, ...]) -> None:
    """Each answers only once all of them have been asked for."""
    answers, barrier = world(with_nat()), threading.Barrier(len(together))

    def at_barrier(operation: str) -> Callable[[Any], Answers]:
        usual = answers[operation]

        def answer(asked: Any) -> Answers:
            barrier.wait(60)
            return dict(usual(asked) if callable(usual) else usual)

        return answer

    account = Account(answers | {each: at_barrier(each) for each in together})
    assert COULD_NOT_CHECK not in verdicts_of(account.diagnose(INSTANCE)[INSTANCE]).values()
