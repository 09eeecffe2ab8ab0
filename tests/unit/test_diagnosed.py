"""What the diagnosis found, from the steps of its executions to the message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diagnosed
import pytest
import step_outputs
import summarize
import totals
from finding import BROKEN, COULD_NOT_CHECK, FINE, finding
from summary import groups_of
from texts import texts_of, value_of

from tests.unit.diagnosed_machines import CHANGE, RIGHTS, ROUTE, found
from tests.unit.golden_messages import WEB, group, line, machine_of

MAIN, CHILD = "11111111-2222-3333-4444-555555555555", "22222222-2222-3333-4444-555555555555"


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
    assert "at 2026-03-01T08:56:00Z" in both["Changed"][0]
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


def step(name: str, status: str = "Success", **more: Any) -> dict[str, Any]:
    return {"StepName": name, "StepStatus": status, "Action": "aws:executeScript", **more}


DIAGNOSE = step("Diagnose") | {"Action": "aws:executeAutomation", "Outputs": {"ExecutionId": [CHILD]}}


class Automation:
    """A client that answers DescribeAutomationStepExecutions, by the execution's id."""

    def __init__(self, executions: dict[str, list[dict[str, Any]]]) -> None:
        self.executions = executions

    def get_paginator(self, _operation: str) -> Automation:
        return self

    def paginate(self, **parameters: str) -> list[dict[str, Any]]:
        return [{"StepExecutions": self.executions[parameters["AutomationExecutionId"]]}]


Ran = Callable[[dict[str, list[dict[str, Any]]]], None]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """A function that says which steps of which executions have run."""
    return lambda executions: monkeypatch.setattr(
        step_outputs, "client", lambda _service: Automation(executions)
    )


def output(*findings: Any) -> dict[str, Any]:
    return {"Findings": texts_of({"findings": findings, "machines": {"i-1": [*range(len(findings))]}})}


def summary_of(texts: dict[str, list[str]]) -> dict[str, Any]:
    summary: dict[str, Any] = value_of(texts["Summary"])
    return summary


def test_a_step_that_failed_takes_no_other_along(ran: Ran) -> None:
    network = step("Network") | {"Action": "aws:executeAutomation", "Outputs": {"ExecutionId": [MAIN]}}
    failed = step("Identity", "TimedOut", FailureMessage="it did not end")
    ran(
        {
            CHILD: [step("Machine", Outputs=output(CHANGE)), failed, network],
            MAIN: [step("Network", Outputs=output(ROUTE))],
        }
    )
    summary = summary_of(
        summarize.handler({"ExecutionId": CHILD, "Steps": ["Machine", "Identity", "Network"]}, None)
    )
    assert [each["Check"] for each in summary["Groups"]] == ["route"]
    assert summary["Problems"] == ["the diagnosis, step Identity: TimedOut: it did not end"]


def test_what_does_not_fit_into_the_output_is_said(ran: Ran) -> None:
    findings = [finding("route", BROKEN, f"table {each} " + "x" * 600, do="y" * 600) for each in range(50)]
    machines = {f"i-{number:017}": [number] for number in range(50)}
    texts = texts_of({"findings": findings, "machines": machines})
    ran({CHILD: [step("Network", Outputs={"Findings": texts})]})
    answer = summarize.handler({"ExecutionId": CHILD, "Steps": ["Network"]}, None)
    assert len(answer["Summary"]) <= 50
    assert summary_of(answer)["Problems"] == [summarize.TOO_LONG]
    assert summary_of(answer)["Groups"]


def test_the_likely_cause_comes_into_the_message(ran: Ran) -> None:
    machines = group("connection-lost", 2, "db")
    summary = {"Groups": groups_of({machines[0]["Id"]: found(ROUTE)}), "Problems": ["the step x"]}
    ran({MAIN: [DIAGNOSE], CHILD: [step("Summarize", Outputs={"Summary": texts_of(summary)})]})
    assert diagnosed.add_diagnosis(machines, MAIN) == ["the step x"]
    assert [machine["Likely"] for machine in machines] == ["no route to Systems Manager", ""]


@pytest.mark.parametrize(
    ("diagnose", "said"),
    [
        (step("Diagnose", "TimedOut", FailureMessage="it took too long"), "it took too long"),
        (step("Diagnose", "Cancelled"), "Cancelled"),
        (step("Other"), "it did not run"),
    ],
)
def test_a_diagnosis_that_failed_loses_no_message_and_is_said(
    ran: Ran, diagnose: dict[str, Any], said: str
) -> None:
    [machine] = machines = [machine_of(line("connection-lost"), WEB)]
    ran({MAIN: [diagnose]})
    assert diagnosed.add_diagnosis(machines, MAIN) == [f"what the diagnosis found could not be read: {said}"]
    assert machine["Diagnosis"] == {}


def test_causes_found_are_counted_instead_of_those_of_the_events() -> None:
    machines = group("connection-lost", 2, "db")
    machines[0]["Likely"] = "no route to Systems Manager"
    counts = totals.totals_of(["Lost | connection-lost | 12"], machines, machines)
    assert totals.causes_in(totals.with_likely_causes(counts, machines), "Lost") == {
        "connection-lost": 11,
        "no route to Systems Manager": 1,
    }
