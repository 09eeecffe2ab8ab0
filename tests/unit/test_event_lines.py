"""The lines of the event: what one version writes, all others read, and the event rule writes the same."""

import re

import pytest

from ssm_agent_monitor.shared.event_lines import (
    LINE_CHARACTERS,
    ChangeType,
    MachineLine,
    TotalLine,
    read_machine,
    read_total,
)
from tools.terraform_setup import ROOT

LOST = MachineLine(
    ChangeType.LOST, "i-0123", "COMPLIANT 2030-01-01T08:00:00Z", "Ping status Inactive [inactive]"
)
BACK = MachineLine(ChangeType.RECOVERED, "mi-1", "NON_COMPLIANT 2030-01-01T08:00:00Z", "")


@pytest.mark.parametrize("line", [LOST, BACK, TotalLine(ChangeType.LOST, "inactive", 2000)])
def test_a_line_that_was_written_is_read(line: MachineLine | TotalLine) -> None:
    assert (read_machine if isinstance(line, MachineLine) else read_total)(str(line)) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", MachineLine(ChangeType.LOST, "", "", "")),
        ("Gone | i-1", MachineLine(ChangeType.LOST, "i-1", "", "")),
        (
            "Recovered | i-1 |   | a | b [inactive]",
            MachineLine(ChangeType.RECOVERED, "i-1", "", "a | b [inactive]"),
        ),
    ],
)
def test_whatever_is_missing_of_a_line_it_is_read_and_counts_as_lost(text: str, line: MachineLine) -> None:
    assert read_machine(text) == line


@pytest.mark.parametrize(
    "text", ["", "Lost | inactive", "Gone | inactive | 1", "Lost | a b | 1", "Lost | inactive | -1"]
)
def test_a_total_of_another_form_is_none(text: str) -> None:
    assert read_total(text) is None


def test_a_line_is_cut_to_what_automation_takes_and_holds_nothing_that_breaks_json() -> None:
    text = str(MachineLine(ChangeType.LOST, "i-1", "", '"{{ x }}"\n' * 100))
    assert len(text) == LINE_CHARACTERS
    assert not re.search(r'["{}\n]', text)


def test_the_event_rule_makes_the_same_line_of_config_s_own_event() -> None:
    template = (ROOT / "modules" / "event-rule" / "modes.tf").read_text()
    [line] = re.findall(r'Machines += \["(.+)"\]', template)
    result, at = LOST.replaced.split(" ")
    values = {
        "InstanceId": LOST.machine_id,
        "OldResult": result,
        "OldResultAt": at,
        "Annotation": LOST.annotation,
    }
    line = line.replace("${title(key)}", LOST.change)
    assert re.sub(r"<(\w+)>", lambda placeholder: values[placeholder[1]], line) == str(LOST)
