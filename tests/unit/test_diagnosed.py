"""What the diagnosis found, on its way into the message."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.finding import BROKEN, COULD_NOT_CHECK, FINE, finding
from ssm_agent_monitor.responder.diagnosis.summary import groups_of
from ssm_agent_monitor.responder.messages.totals import causes_in, totals_of, with_likely_causes
from tests.unit.diagnosed_machines import CHANGE, RIGHTS, ROUTE, found
from tests.unit.diagnosing import Account, refusal, world
from tests.unit.golden_messages import group
from tests.unit.networks import INSTANCE, table, with_nat

OTHER = "i-0abcdef0123456789"


def test_machines_that_share_a_cause_are_told_together_and_those_without_one_last() -> None:
    groups = groups_of({"i-1": found(), "i-2": found(ROUTE), "i-3": found(RIGHTS), "i-4": found(ROUTE)})
    assert [(each["Ids"], each["Check"]) for each in groups] == [
        (["i-2", "i-4"], "route"),
        (["i-3"], "rights"),
        (["i-1"], ""),
    ]


def test_the_first_broken_check_is_the_likely_cause_whatever_changed_before() -> None:
    [both] = groups_of({"i-1": found(CHANGE, ROUTE, RIGHTS)})
    assert (both["Check"], both["Cause"]) == ("rights", "a role that lacks a permission")
    assert [each["Check"] for each in both["Broken"]] == ["rights", "route"]
    assert "at 08:56 UTC" in both["Changed"][0]
    [alone] = groups_of({"i-1": found(CHANGE)})
    assert alone["Check"] == "changes"


def test_what_is_fine_for_one_machine_alone_is_not_called_fine() -> None:
    unsure = finding("dns", COULD_NOT_CHECK, "denied")
    [group_of_both] = groups_of({"i-1": found(ROUTE), "i-2": found(ROUTE, unsure)})
    assert "DNS of the VPC" not in group_of_both["Fine"]
    assert group_of_both["CouldNotCheck"] == ["DNS of the VPC: denied"]


def test_a_check_with_one_thing_broken_and_one_fine_is_broken() -> None:
    fine = finding("endpoints", FINE, "as it should be")
    broken = finding("endpoints", BROKEN, "endpoint vpce-1 is pending")
    [one] = groups_of({"i-1": [fine, broken]})
    assert one["Check"] == "endpoints"
    assert one["Fine"] == []


def lines(*ids: str) -> list[str]:
    return [f"Lost | {each} |  | Ping status ConnectionLost [connection-lost]" for each in ids]


def test_the_likely_cause_comes_into_the_message() -> None:
    network, instance = with_nat()
    table(network).pop()
    responder = Account(world((network, instance), INSTANCE, OTHER)).responder(MODE="digest")
    answer = responder.ask("Notify", Machines=lines(INSTANCE, OTHER))
    assert (answer["Status"], answer["Problem"]) == ("sent", "none")
    [text] = responder.messages.texts
    assert "2 WITH NO ROUTE TO SYSTEMS MANAGER" in text
    assert "Route table rtb-app of subnet-app has no route for 0.0.0.0/0." in text
    [facts] = responder.messages.facts
    causes = {machine["likely_cause"] for machine in facts["machines"]}
    assert causes == {"no route to Systems Manager"}


def test_a_diagnosis_of_which_nothing_may_be_read_loses_no_message_and_is_said() -> None:
    answers = world(with_nat())
    kept = ("DescribeInstances", "DescribeInstanceInformation")
    denied = {each: refusal("AccessDenied") for each in answers if each not in kept}
    responder = Account(answers | denied).responder()
    assert responder.ask("Notify", Machines=lines(INSTANCE))["Status"] == "sent"
    [text] = responder.messages.texts
    assert "does not answer: lost connection." in text
    assert "COULD NOT BE CHECKED" in text
    assert "instance profile: instance profiles could not be read: AccessDenied" in text


def test_causes_found_are_counted_instead_of_those_of_the_events() -> None:
    machines = group("connection-lost", 2, "db")
    machines[0]["Likely"] = "no route to Systems Manager"
    counts = totals_of(["Lost | connection-lost | 12"], machines, machines)
    assert causes_in(with_likely_causes(counts, machines), "Lost") == {
        "connection-lost": 11,
        "no route to Systems Manager": 1,
    }
