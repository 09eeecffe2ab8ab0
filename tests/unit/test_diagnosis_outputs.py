"""How the steps of the diagnosis hand on what they found."""

from __future__ import annotations

from typing import Any

import outputs
import pytest
import texts
from finding import BROKEN, COULD_NOT_CHECK, FINE, NOT_LOOKED_AT, finding
from reading import Unreadable
from step_findings import findings_by_machine

LINES = ["Lost | i-0123456789abcdef0 |  | Never registered [never-registered]"]


@pytest.fixture
def subjects(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The machines that a step looks at; a test adds to them."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(outputs, "subjects_of", lambda _lines: found)
    return found


def test_findings_come_back_as_they_were(subjects: list[dict[str, Any]]) -> None:
    subjects += [{"Id": "i-1", "Instance": {}}, {"Id": "i-2", "Instance": {}}]
    broken = finding("route", BROKEN, "rtb-1 has no route", ["rtb-1"], "Add one:", "aws ec2 create-route")
    answer = outputs.findings_of_each(LINES, ["route"], lambda _subject: [broken])
    assert findings_by_machine(answer["Findings"]) == {"i-1": [broken], "i-2": [broken]}


def test_a_machine_that_cannot_be_checked_loses_no_other(subjects: list[dict[str, Any]]) -> None:
    subjects += [
        {"Id": "i-1", "Instance": {}},
        {"Id": "i-2", "Instance": {"Shape": "unknown"}},
        {"Id": "i-3", "Instance": Unreadable("denied")},
    ]

    def check(subject: dict[str, Any]) -> list[Any]:
        if subject["Instance"]:
            raise KeyError("VpcId")
        return [finding("route", FINE, "fine")]

    answer = findings_by_machine(outputs.findings_of_each(LINES, ["route"], check)["Findings"])
    verdicts = {machine: [each["Verdict"] for each in found] for machine, found in answer.items()}
    assert verdicts == {"i-1": [FINE], "i-2": [COULD_NOT_CHECK], "i-3": [COULD_NOT_CHECK]}
    assert "VpcId" in answer["i-2"][0]["Found"]
    assert answer["i-3"][0]["Found"] == "denied"


def test_what_there_is_no_time_for_is_not_looked_at(
    subjects: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    subjects.append({"Id": "i-1", "Instance": {}})
    monkeypatch.setattr(outputs, "is_late", lambda: True)
    answer = outputs.findings_of_each(LINES, ["route"], lambda _subject: [])
    assert [each["Verdict"] for each in findings_by_machine(answer["Findings"])["i-1"]] == [NOT_LOOKED_AT]


def test_an_output_is_50_texts_of_512_characters_at_most(subjects: list[dict[str, Any]]) -> None:
    subjects += [{"Id": f"i-{number:017}", "Instance": {}} for number in range(10)]

    def check(subject: dict[str, Any]) -> list[Any]:
        return [finding("route", FINE, f"{subject['Id']} {number} " + "x" * 600) for number in range(14)]

    texts = outputs.findings_of_each(LINES, ["route"], check)["Findings"]
    assert len(texts) <= 50
    assert max(map(len, texts)) <= 512
    assert all(len(found) == 14 for found in findings_by_machine(texts).values())


def test_no_output_holds_what_automation_takes_for_a_variable() -> None:
    assert "{{" not in "".join(texts.texts_of({"a": "{{ global:REGION }} {{{"}))
