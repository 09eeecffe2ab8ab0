"""What people get, to the letter, and what holds for any message.

`pytest tests/unit/test_messages.py --snapshot-update` writes the files in tests/unit/messages. Read what has
changed before you commit it: they are what people get.
"""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

from ssm_agent_monitor.responder.machines.machine import machines_of
from ssm_agent_monitor.responder.messages.json_form import attributes_of, json_of
from ssm_agent_monitor.responder.messages.report import NamedMachine, Report
from ssm_agent_monitor.responder.messages.subject import subject_of
from ssm_agent_monitor.responder.messages.text import text_of
from ssm_agent_monitor.shared.causes import CAUSES
from ssm_agent_monitor.shared.event_lines import ChangeType
from tests.unit.diagnosed_machines import ROUTE
from tests.unit.golden_messages import (
    ANNOTATIONS,
    BLANK,
    ID,
    REPORTS,
    SETTINGS,
    diagnosed,
    group,
    lost,
    reminder,
    run,
    seen,
    still_lost,
)
from tests.unit.responding import SCHEMA

FOLDER = Path(__file__).parent / "messages"


class MessageFile(SingleFileSnapshotExtension):
    """The file of a message, by the message's name."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:  # noqa: ARG003
        return str(FOLDER)

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:  # noqa: ARG003
        return str(index)


class JsonFile(MessageFile):
    """The same for machines that read."""

    file_extension = "json"


AS_JSON = ("diagnosed-network", "digest-one-lost", "recovered-node", "reminder-monitor-ill", "repair")


def as_json(report: Report) -> dict[str, Any]:
    """What machines read, as the schema says."""
    found = json_of(report)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def test_there_is_a_file_for_each_message_and_no_other_and_a_message_for_each_cause() -> None:
    assert set(ANNOTATIONS) == set(CAUSES)
    expected = {f"{name}.txt" for name in REPORTS} | {f"{name}.json" for name in AS_JSON}
    assert {path.name for path in FOLDER.iterdir()} == expected


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_a_message_is_its_file_to_the_letter_and_sns_takes_its_subject(
    name: str, snapshot: SnapshotAssertion
) -> None:
    subject, text = subject_of(REPORTS[name]), text_of(REPORTS[name])
    assert f"Subject: {subject}\n\n{text}" == snapshot(name=name, extension_class=MessageFile)
    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()


@pytest.mark.parametrize("name", AS_JSON)
def test_what_machines_read_is_its_file(name: str, snapshot: SnapshotAssertion) -> None:
    text = json.dumps(json_of(REPORTS[name]), indent=2, ensure_ascii=False) + "\n"
    assert text == snapshot(name=name, extension_class=JsonFile)


def test_what_machines_read_is_as_the_schema_says_and_the_schema_says_nothing_else() -> None:
    assert set().union(*map(as_json, REPORTS.values())) == set(SCHEMA["properties"])


def test_the_links_lead_to_the_partition_s_console() -> None:
    china = replace(SETTINGS, console_host="console.amazonaws.cn")
    text = text_of(run(lost("inactive"), settings=china, region="cn-north-1"))
    links = re.findall(r"https://\S+", text)
    assert len(links) == 3
    assert all(link.startswith("https://console.amazonaws.cn/") and "cn-north-1" in link for link in links)


@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=256) | st.just("x" * 256),
    code=st.sampled_from(["metadata-disabled", "inactive"]),
)
@example(name="\u202eright to left\x1b[31m\r\n", code="inactive")
@example(name="a" * 40 + "\u2028b", code="metadata-disabled")
def test_a_subject_is_clean_whatever_the_name_holds(name: str, code: str) -> None:
    report = run(lost(code, name=name))
    subject = subject_of(report)
    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()
    assert subject.startswith("SSM Agent lost: ")
    assert ID in subject
    assert subject.endswith(f": {CAUSES[code].words}")
    assert text_of(report).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "text", ["| NON_COMPLIANT 2026-02-31T10:00:00Z | ", "| | last ping 2026-02-28T25:00:00Z"]
)
def test_a_beginning_that_is_no_time_is_not_known(text: str) -> None:
    report = run(*map(NamedMachine, machines_of([f"Recovered | {ID} {text}"])))
    assert "How long it was out is not known." in text_of(report)
    assert as_json(report)["since"] is None


@pytest.mark.parametrize(
    ("text", "states"),
    [
        (f"Lost | {ID} | | ", ("unknown", "lost", "INSUFFICIENT_DATA", "ALARM")),
        (f"Lost | {ID} | COMPLIANT 2026-02-28T10:00:00Z | ", ("online", "lost", "OK", "ALARM")),
        (f"Lost | {ID} | NOT_APPLICABLE | ", ("not-checked", "lost", "INSUFFICIENT_DATA", "ALARM")),
        (f"Recovered | {ID} | NON_COMPLIANT | ", ("lost", "online", "ALARM", "OK")),
    ],
)
def test_the_states_are_those_before_and_after(text: str, states: tuple[str, ...]) -> None:
    found = as_json(run(seen(text)))
    names = ("previous_status", "status", "OldStateValue", "NewStateValue")
    assert tuple(found[name] for name in names) == states


LOST_AND_BACK = [
    *group("no-instance-profile", 2, "web"),
    *group("connection-lost", 1, "db", replaced="COMPLIANT 2026-02-28T10:00:00Z"),
    *group("connection-lost", 1, "mail", change="Recovered", replaced="NON_COMPLIANT 2026-02-28T10:00:00Z"),
]


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (
            run(
                lost("inactive", tags={"Owner": "payments", "status": "of this name", "Empty": " "}),
                settings=replace(SETTINGS, tag_keys=("Owner", "status", "Empty")),
            ),
            {"kind": "machine", "cause": "inactive", "Owner": "payments"},
        ),
        (run(*LOST_AND_BACK), {"kind": "digest", "cause": "several"}),
    ],
)
def test_a_subscription_may_filter_by_what_the_message_is_about_and_by_tags_of_one_machine(
    report: Report, expected: dict[str, str]
) -> None:
    common = {"account": "123456789012", "region": "eu-west-1", "status": "lost"}
    values = {name: each["StringValue"] for name, each in attributes_of(report).items()}
    assert values == common | expected


def test_machines_are_grouped_by_cause_the_most_frequent_first_and_unknown_ones_last() -> None:
    codes = [
        "",
        "inactive",
        "of-a-later-release",
        "no-instance-profile",
        "inactive",
        *["connection-lost"] * 2,
    ]
    lines = [f"Lost | i-{number} | | Words [{code}]" for number, code in enumerate(codes)]
    totals = ("Lost | no-instance-profile | 9", "Lost | of-a-later-release | 1200")
    text = text_of(run(*map(NamedMachine, machines_of(lines)), totals=totals))
    words = "9 without an instance profile, 2 lost connection, 2 inactive, 1,201 of unknown cause"
    assert f"do not answer: {words}.\n" in text
    assert re.findall(r"- EC2 instance i-(\d)", text) == list("3561402")


def test_a_digest_is_about_all_machines_of_a_run() -> None:
    found = as_json(run(*LOST_AND_BACK, totals=("Lost | no-instance-profile | 1900",)))
    assert {name: found[name] for name in ("key", "status", "cause", "previous_status")} == {
        "key": "ssm-agent/123456789012/eu-west-1",
        "status": "lost",
        "cause": "several",
        "previous_status": "unknown",
    }
    assert found["totals"] == [
        {"status": "lost", "cause": "no-instance-profile", "count": 1900},
        {"status": "lost", "cause": "connection-lost", "count": 1},
        {"status": "online", "cause": "connection-lost", "count": 1},
    ]
    assert [machine["status"] for machine in found["machines"]] == ["lost", "lost", "lost", "online"]
    assert found["machines_left_out"] == 1898


def test_a_message_about_one_machine_has_the_machine_s_key() -> None:
    single = run(LOST_AND_BACK[2])
    found, digest = as_json(single), as_json(replace(single, settings=replace(SETTINGS, mode="digest")))
    assert digest == {name: found[name] for name in digest} | {"kind": "digest"}
    assert found["key"] == digest["key"] == found["machines"][0]["key"]


def test_the_schema_refuses_what_belongs_to_another_kind() -> None:
    alarm, digest = as_json(run(LOST_AND_BACK[0])), as_json(run(*LOST_AND_BACK))
    for wrong in (alarm | {"kind": "digest"}, digest | {"kind": "machine"}):
        assert not Draft202012Validator(SCHEMA).is_valid(wrong)


@pytest.mark.parametrize(
    ("counts", "end"),
    [
        ({"connection-lost": 3}, "eu-west-1: 3 lost connection"),
        ({"no-instance-profile": 9, "inactive": 1}, "9 without an instance profile, 1 inactive"),
        ({"no-instance-profile": 9, "connection-lost": 3}, "9 without an instance profile, 3 others"),
        ({"inactive": 9, "not-online": 3, "connection-lost": 2, "": 1}, "9 inactive, 3 not online, 3 others"),
        ({"agent-too-old": 900000, "inactive": 1}, "900,000 with an SSM Agent that is too"),
    ],
)
def test_causes_that_do_not_fit_into_the_subject_are_counted_together(
    counts: dict[str, int], end: str
) -> None:
    totals = Counter({(ChangeType.LOST, code): count for code, count in counts.items()})
    subject = subject_of(replace(BLANK, totals=totals))
    assert subject.startswith("SSM Agents lost: ")
    assert subject.endswith(end)
    assert len(subject) < 100


def test_likely_causes_are_counted_instead_of_those_of_the_event() -> None:
    machines = [*diagnosed(group("connection-lost", 1, "db"), ROUTE), *group("connection-lost", 1, "web")]
    report = run(*machines, totals=("Lost | connection-lost | 12",))
    assert report.lost_by_cause == {"connection-lost": 11, "no route to Systems Manager": 1}


def test_a_reminder_of_one_machine_has_the_machine_s_key_unless_the_monitor_is_ill() -> None:
    ill = reminder(still_lost()[:1], REPORTS["reminder-monitor-ill"].health)
    keys = [as_json(each)["key"] for each in (REPORTS["reminder-of-one"], REPORTS["reminder"], ill)]
    account = "ssm-agent/123456789012/eu-west-1"
    assert keys == [f"{account}/i-0b", account, account]
