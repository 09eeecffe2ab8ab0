"""What the diagnosis found, together, and on its way into the message."""

from dataclasses import replace

from ssm_agent_monitor.responder.diagnosis.finding import broken, could_not_check, fine
from ssm_agent_monitor.responder.diagnosis.summary import diagnoses_of
from tests.unit.diagnosed_machines import CHANGE, RIGHTS, ROUTE, diagnosis_of, found
from tests.unit.diagnosing import Account, lines, refusal, world
from tests.unit.networks import INSTANCE, table, with_nat

OTHER = "i-0abcdef0123456789"


def test_machines_that_share_a_cause_are_told_together_and_those_without_one_last() -> None:
    diagnoses = diagnoses_of({"i-1": found(), "i-2": found(ROUTE), "i-3": found(RIGHTS), "i-4": found(ROUTE)})
    assert [(each.machine_ids, each.check) for each in diagnoses] == [
        (("i-2", "i-4"), "route"),
        (("i-3",), "rights"),
        (("i-1",), ""),
    ]


def test_the_first_broken_check_is_the_likely_cause_whatever_changed_before() -> None:
    both = diagnosis_of(["i-1"], CHANGE, ROUTE, RIGHTS)
    assert (both.check, both.cause) == ("rights", "a role that lacks a permission")
    assert [each.check for each in both.broken] == ["rights", "route"]
    assert "at 08:56 UTC" in both.changed[0]
    assert diagnosis_of(["i-1"], CHANGE).check == "changes"


def test_what_is_fine_for_one_machine_alone_is_not_called_fine() -> None:
    unsure = replace(could_not_check("denied"), check="dns")
    [both] = diagnoses_of({"i-1": found(ROUTE), "i-2": found(ROUTE, unsure)})
    assert "DNS of the VPC" not in both.fine
    assert both.could_not_check == ("DNS of the VPC: denied",)


def test_a_check_with_one_thing_broken_and_one_fine_is_broken() -> None:
    findings = (fine("as it should be"), broken("endpoint vpce-1 is pending", [], "Wait."))
    [one] = diagnoses_of({"i-1": [replace(each, check="endpoints") for each in findings]})
    assert one.check == "endpoints"
    assert one.fine == ()


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
