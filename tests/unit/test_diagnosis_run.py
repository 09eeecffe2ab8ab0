"""How the checks are run: side by side, each by itself, anew each time, and as long as there is time."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, wait
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from ssm_agent_monitor.responder import reading
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict
from ssm_agent_monitor.responder.diagnosis.registry import CHECKS
from ssm_agent_monitor.responder.diagnosis.run import diagnose, findings_of
from ssm_agent_monitor.responder.handler import respond
from ssm_agent_monitor.responder.reading import Reader
from tests.unit.diagnosing import (
    NO_ALLOW,
    OF_VPC,
    PLACE,
    Account,
    Answers,
    Hanging,
    activation,
    associations,
    configuration_item,
    console,
    host_setting,
    lines,
    refusal,
    role,
    simulated,
    trust,
    world,
)
from tests.unit.networks import (
    INSTANCE,
    entries,
    entry,
    security_group,
    table,
    verdicts_of,
    with_endpoints,
    with_nat,
)
from tests.unit.responding import NOW, PAYLOADS

BROKEN, FINE, COULD_NOT_CHECK, NOT_LOOKED_AT = Verdict
ALL = [check.id for check in CHECKS]
IDENTITY = {"profile", "profile-role", "trust", "rights", "default-host-management", "precedence"}
OTHER, NODE = "i-0abcdef0123456789", "mi-0123456789abcdef0"
TEN = [f"i-0123456789abcdef{number}" for number in range(10)]
REPAIR: dict[str, Any] = {"tagKey": "Repair", "tagValue": "yes", "instanceProfile": "web"}
REPAIR |= {"actions": ["attach", "reboot"], "maxConcurrent": 5, "cooldownHours": 24, "needsApproval": False}
REPAIR |= {"repairedAtTag": "ssm-agents:repaired-at", "document": "ssm-agents-repair"}

# By operation: an answer of a shape that nobody has seen yet, and the checks that then can't be made.
STRANGE: list[tuple[str, Answers, set[str]]] = [
    ("DescribeInstanceStatus", {"InstanceStatuses": [{"SystemStatus": None}]}, {"machine"}),
    ("GetConsoleOutput", {"Output": 5}, {"system-log"}),
    (
        "GetResourceConfigHistory",
        {"configurationItems": [configuration_item() | {"configuration": "no JSON"}] * 2},
        {"changes"},
    ),
    ("DescribeIamInstanceProfileAssociations", {"IamInstanceProfileAssociations": [{}]}, IDENTITY),
    ("DescribeSecurityGroups", {"SecurityGroups": [{"GroupId": "sg-app"}]}, {"security-groups"}),
]


@pytest.mark.parametrize(("operation", "answer", "failing"), STRANGE, ids=[row[0] for row in STRANGE])
def test_a_check_that_fails_costs_itself_alone(operation: str, answer: Answers, failing: set[str]) -> None:
    healthy = Account(world(with_nat())).diagnose(INSTANCE)[INSTANCE]
    found = Account(world(with_nat(), **{operation: answer})).diagnose(INSTANCE)[INSTANCE]
    assert [each for each in found if each.check not in failing] == [
        each for each in healthy if each.check not in failing
    ]
    failed = [each for each in found if each.check in failing]
    assert {(each.check, each.verdict) for each in failed} == {(check, COULD_NOT_CHECK) for check in failing}
    assert all("not understood" in each.found or "not certain" in each.found for each in failed)


def test_a_check_whose_code_fails_could_not_be_made() -> None:
    def fail(_facts: Facts) -> list[Finding]:
        raise ValueError("oops")

    [found] = findings_of(replace(CHECKS[0], run=fail), Account(world(with_nat())).facts(INSTANCE))
    assert (found.verdict, found.found) == (COULD_NOT_CHECK, "the check failed: ValueError: oops")


def test_an_instance_that_cannot_be_read_could_not_be_checked_and_costs_no_other_machine() -> None:
    account = Account(world(with_nat(), INSTANCE, NODE, DescribeInstances=refusal("UnauthorizedOperation")))
    found = account.diagnose(INSTANCE, NODE)
    why = "EC2 instances could not be read: UnauthorizedOperation (DescribeInstances)"
    assert [(each.check, each.verdict, each.found) for each in found[INSTANCE]] == [
        (each.check, COULD_NOT_CHECK, why) for each in found[INSTANCE]
    ]
    assert verdicts_of(found[INSTANCE]).keys() == {*ALL}
    assert verdicts_of(found[NODE])["activation"] == FINE


def test_what_there_is_no_time_for_is_not_looked_at() -> None:
    account = Account(world(with_nat()))
    machines = account.machines(INSTANCE)
    with account.reader(seconds=0) as reader:
        found = diagnose(reader, PLACE, machines)
    assert verdicts_of(found.findings[INSTANCE]) == dict.fromkeys(ALL, NOT_LOOKED_AT)
    assert {each.found for each in found.findings[INSTANCE]} == {"no time was left"}
    assert found.problems == (f"no time was left to look at: {', '.join(each.title for each in CHECKS)}",)


def test_the_first_ten_of_the_machines_are_looked_at_each_once() -> None:
    account = Account(world(with_nat(), *TEN, OTHER))
    assert [*account.diagnose(TEN[0], *TEN, OTHER)] == TEN
    assert len(TEN) * len(CHECKS) < reading.CALLS_AT_A_TIME, "one that hangs would keep another waiting"


def broken_world() -> Answers:
    """In which as much is broken as can be at once."""
    network, instance = with_nat()
    table(network).pop()
    security_group(network)["IpPermissionsEgress"] = []
    entries(network).append(entry(1, True, "deny"))
    network["EnableDnsSupport"] = False
    nat = {"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"}
    return world(
        (network, instance),
        INSTANCE,
        NODE,
        agent={"AgentVersion": "3.1.0.0"},
        machine={"MetadataOptions": {"HttpEndpoint": "disabled"}, "IamInstanceProfile": {}},
        DescribeInstanceStatus={"InstanceStatuses": [{"InstanceStatus": {"Status": "impaired"}}]},
        GetConsoleOutput=console("Kernel panic - not syncing: VFS"),
        GetRole=role("web-role", trust("lambda.amazonaws.com")),
        SimulatePrincipalPolicy=simulated(OpenDataChannel=NO_ALLOW),
        GetServiceSetting=host_setting("web-role", changed=NOW - timedelta(minutes=5)),
        DescribeActivations=activation(used=2),
        GetResourceConfigHistory={
            "configurationItems": [configuration_item(minutes=4), configuration_item(nat, days=9)]
        },
    )


def _of(checks: set[str], verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
    return {check: verdict for check, verdict in verdicts.items() if check in checks}


def test_a_process_that_goes_on_tells_the_truth_of_each_day() -> None:
    account = Account(broken_world())
    first = account.diagnose(INSTANCE, NODE)
    # Another thing is broken, and what is fine is so for another reason.
    no_profile = {"DescribeIamInstanceProfileAssociations": associations()}
    other_world = world(with_endpoints(), INSTANCE, NODE, machine={"IamInstanceProfile": {}}, **no_profile)
    account.answers = other_world
    second = account.diagnose(INSTANCE, NODE, now=NOW + timedelta(days=1))
    assert second == Account(other_world).diagnose(INSTANCE, NODE, now=NOW + timedelta(days=1))
    account.answers = broken_world()
    assert account.diagnose(INSTANCE, NODE) == first
    differing = {
        each.check for machine_id in (INSTANCE, NODE) for each in {*first[machine_id]} - {*second[machine_id]}
    }
    reading = {check.id for check in CHECKS if check.reads}
    assert reading <= differing
    assert _of(reading, verdicts_of(first[INSTANCE])) == (
        dict.fromkeys(reading, BROKEN)
        | dict.fromkeys(("profile", "profile-role"), FINE)
        | dict.fromkeys(("precedence", "endpoints", "activation"), NOT_LOOKED_AT)
    )
    not_on_the_way = ("profile-role", "trust", "rights", "precedence", "route", "activation")
    assert _of(reading, verdicts_of(second[INSTANCE])) == (
        dict.fromkeys(reading, FINE)
        | dict.fromkeys(("profile", "default-host-management"), BROKEN)
        | dict.fromkeys(not_on_the_way, NOT_LOOKED_AT)
    )
    assert verdicts_of(first[NODE])["activation"] == COULD_NOT_CHECK
    assert verdicts_of(second[NODE])["activation"] == FINE


def test_each_message_of_a_process_tells_of_the_network_as_it_is_then() -> None:
    network, instance = with_nat()
    routes, group = table(network), security_group(network)
    way_out = routes.pop()
    responder = Account(world((network, instance))).responder()
    for day in (0, 1):
        answer = responder.ask("Notify", Machines=lines(INSTANCE), now=NOW + timedelta(days=day))
        assert (answer["Status"], answer["Problem"]) == ("sent", "none")
        routes.append(way_out)
        group["IpPermissionsEgress"] = []
    told = [
        "Route table rtb-app of subnet-app has no route for 0.0.0.0/0.",
        "Security group sg-app lets no port 443 out to the internet (IPv4).",
    ]
    assert [[words in text for words in told] for text in responder.messages.texts] == [
        [True, False],
        [False, True],
    ]


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    """An answer that does not come before the test has ended."""
    made = Hanging()
    yield made
    made.release()


class OwnTime:
    """Time for reading that is over as soon as nothing runs but what waits for the answer that hangs.

    So what is late does not depend on how busy the machine is. `late` is how many checks wait for it.
    """

    def __init__(self, hanging: Hanging, late: int) -> None:
        self.hanging, self.late = hanging, late
        self.seconds = 150.0

    def left(self) -> float:
        return self.seconds

    def wait(self, futures: Collection[Future[Any]], timeout: float) -> None:
        """In the place of `wait` of concurrent.futures."""
        running, gives_up = {*futures} if timeout else set(), time.monotonic() + 120
        while running and not (self.hanging.begun.is_set() and len(running) <= self.late):
            running = wait(running, timeout=0.05).not_done
            if time.monotonic() > gives_up:
                break
        if running:
            self.seconds = 0.0


# By operation that hangs: the checks that wait for it.
LATE: list[tuple[str, set[str]]] = [
    ("GetConsoleOutput", {"system-log"}),
    ("DescribeRouteTables", {"changes", "endpoints", "route", "security-groups", "network-acls"}),
    ("GetResourceConfigHistory", {"changes"}),
    ("GetServiceSetting", {"precedence"}),
    ("DescribeVpcAttribute", {"dns"}),
]


@pytest.mark.parametrize(("operation", "late"), LATE, ids=[row[0] for row in LATE])
@pytest.mark.parametrize("ids", [[INSTANCE], TEN], ids=["one", "ten"])
def test_an_answer_that_hangs_costs_only_what_needs_it(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch, operation: str, late: set[str], ids: list[str]
) -> None:
    account = Account(world(with_nat(), *ids))
    machines, healthy = account.machines(*ids), account.diagnose(*ids)
    account.answers[operation] = hanging
    own = OwnTime(hanging, len(late) * len(ids))
    monkeypatch.setattr(reading, "wait", own.wait)
    with Reader(account.clients.reading, NOW, own.left, lambda _seconds: None) as reader:
        found = diagnose(reader, PLACE, machines)
    titles = [check.title for check in CHECKS if check.id in late]
    assert found.problems == (f"no time was left to look at: {', '.join(titles)}",)
    for each in ids:
        expected = verdicts_of(healthy[each]) | dict.fromkeys(late, NOT_LOOKED_AT)
        assert verdicts_of(found.findings[each]) == expected


def test_nothing_is_repaired_while_it_is_not_known_what_is_broken(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(world(with_nat(), machine={"Tags": [{"Key": "Repair", "Value": "yes"}]}))
    responder = account.responder(REPAIR=json.dumps(REPAIR))
    assert responder.ask("Notify", Machines=lines(INSTANCE))["Repair"] == "reboot"
    account.answers["GetConsoleOutput"] = hanging
    own = OwnTime(hanging, 1)
    monkeypatch.setattr(reading, "wait", own.wait)
    asked = {"Request": "Notify", **PAYLOADS["Notify"], "Machines": lines(INSTANCE)}
    answer = respond(
        asked, responder.environment, lambda: responder.clients, NOW, own.left, lambda _seconds: None
    )
    problem = "no time was left to look at: system log"
    assert (answer["Status"], answer["Repair"], answer["Problem"]) == ("sent", "none", problem)
    known, late = responder.messages.texts
    assert "The runbook will now reboot" in known
    assert f"COULD NOT BE READ\n  {problem}\n" in late
    assert f"Held back: {problem}." in late


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
    of_vpc = [f"Describe{kind}" for kind in (*OF_VPC, "VpcAttribute")]
    assert account.calls == Counter(
        dict.fromkeys([*of_all, *of_role, *of_vpc], 1)
        | {each: len(TEN) for each in ("DescribeInstanceStatus", "GetConsoleOutput")}
        # of each: whether it may be updated; for all: the other calls
        | {"SimulatePrincipalPolicy": len(TEN) + 1}
        # itself, its group and its route table: the time of its last ping is its own
        | {"GetResourceConfigHistory": 3 * len(TEN)}
    )


def test_instances_and_agents_are_asked_for_side_by_side() -> None:
    """Each answers only once both have been asked for."""
    answers, barrier = world(with_nat()), threading.Barrier(2)

    def at_barrier(answer: Callable[[Any], Answers], asked: Any) -> Answers:
        barrier.wait(60)
        return answer(asked)

    for each in ("DescribeInstances", "DescribeInstanceInformation"):
        answers[each] = partial(at_barrier, answers[each])
    assert [each.state for each in Account(answers).machines(INSTANCE)] == ["running"]
