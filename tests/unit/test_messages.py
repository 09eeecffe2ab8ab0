"""What people get, to the letter, and what holds for any message."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ssm_agent_monitor.responder.machines.machines import machines_of
from ssm_agent_monitor.responder.messages.causes import CAUSES
from ssm_agent_monitor.responder.messages.counting import by_cause, causes_in_words
from ssm_agent_monitor.responder.messages.digest import digest_subject
from ssm_agent_monitor.responder.messages.facts import attributes_of, facts_of
from ssm_agent_monitor.responder.messages.message import message_of, subject_of
from ssm_agent_monitor.responder.messages.totals import totals_of
from tests.unit.golden_messages import (
    ANNOTATIONS,
    EVENT,
    FOLDER,
    ID,
    NODE,
    SCHEMA,
    WEB,
    group,
    line,
    machine_of,
    message_file,
    messages,
)

MESSAGES = messages()


def test_there_is_a_file_for_each_message_and_no_other() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(MESSAGES)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_is_its_file_to_the_letter(name: str) -> None:
    assert MESSAGES[name] == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def test_there_is_a_message_for_each_cause() -> None:
    assert set(ANNOTATIONS) == set(CAUSES)


@pytest.mark.parametrize("code", sorted(ANNOTATIONS))
def test_the_first_120_characters_say_which_machine_what_and_why(code: str) -> None:
    body = message_file(line(code), WEB).partition("\n\n")[2]
    assert {"web-01", ID, "does not answer", CAUSES[code][0]} <= {
        fact for fact in ("web-01", ID, "does not answer", CAUSES[code][0]) if fact in body[:120]
    }


@pytest.mark.parametrize("code", sorted(ANNOTATIONS))
def test_what_config_s_annotation_says_stands_in_the_message_in_the_same_words(code: str) -> None:
    assert ANNOTATIONS[code].removesuffix(f" [{code}]") in message_file(line(code), WEB)


def test_account_and_region_are_said_once() -> None:
    body = MESSAGES["lost-connection-lost"].partition("\nLINKS")[0]
    assert body.count("123456789012") == 1
    assert body.count("Region eu-west-1") == 1


def test_the_links_lead_to_the_partition_s_console() -> None:
    text = message_file(line("inactive"), WEB, ConsoleHost="console.amazonaws.cn", Region="cn-north-1")
    links = re.findall(r"https://\S+", text)
    assert len(links) == 3
    assert all(link.startswith("https://console.amazonaws.cn/") and "cn-north-1" in link for link in links)


@pytest.mark.parametrize(
    "name",
    [
        "web-1",
        "",
        "none",
        "näme 数据库",
        "two\nlines\r\n",
        "\x00\x1b[31mred",
        "x" * 256,
        "💥" * 60,
        " ",
        "a" * 40 + "\u2028b",
        "\u202eright to left",
    ],
)
@pytest.mark.parametrize("code", ["metadata-disabled", "inactive"])
def test_a_subject_is_clean_whatever_the_name_holds(name: str, code: str) -> None:
    [machine] = machines_of([line(code)])
    subject = subject_of(machine | {"InstanceName": name}, EVENT)
    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()
    assert subject.startswith("SSM Agent lost: ")
    assert ID in subject
    assert subject.endswith(f": {CAUSES[code][0]}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Lost",
        "Lost |",
        "Lost | | |",
        "Lost | i-1 | x | a | b [not a code",
        "||||",
        "Lost | i-1 | | last ping 2026-02-31T10:00:00Z [inactive]",
    ],
)
def test_a_line_of_any_form_makes_a_message_about_a_loss(text: str) -> None:
    [machine] = machines_of([text])
    assert "does not answer" in message_of(machine, EVENT, [], None)
    assert subject_of(machine, EVENT).startswith("SSM Agent lost: ")


@pytest.mark.parametrize(
    "text", ["| NON_COMPLIANT 2026-02-31T10:00:00Z | ", "| | last ping 2026-02-28T25:00:00Z"]
)
def test_a_beginning_that_is_no_time_is_not_known(text: str) -> None:
    [machine] = machines_of([f"Recovered | {ID} {text}"])
    assert "How long it was out is not known." in message_of(machine, EVENT, [], None)
    assert facts_about([machine])["since"] is None


def test_an_annotation_may_hold_the_sign_between_the_parts() -> None:
    [machine] = machines_of([f"Lost | {ID} | | Ping status A | B [not-online]"])
    assert (machine["Words"], machine["Cause"]) == ("Ping status A | B", "not-online")


def facts(text: str, looked_up: dict[str, Any], **event: Any) -> dict[str, Any]:
    return facts_about([machine_of(text, looked_up)], **event)


def facts_about(told: list[dict[str, Any]], totals: list[str] | None = None, **event: Any) -> dict[str, Any]:
    """What machines read, as the schema says."""
    found = facts_of(told, totals_of(totals or [], told, told), EVENT | event, "the subject")
    Draft202012Validator(SCHEMA).validate(found)
    return found


@pytest.mark.parametrize("code", sorted(ANNOTATIONS))
@pytest.mark.parametrize("change", ["Lost", "Recovered"])
@pytest.mark.parametrize("looked_up", [WEB, NODE, {}])
@pytest.mark.parametrize("result", ["", "COMPLIANT 2026-02-28T10:00:00.000Z"])
def test_what_machines_read_is_as_the_schema_says(
    code: str, change: str, looked_up: dict[str, Any], result: str
) -> None:
    found = facts(line(code, change=change, result=result), looked_up, GuideUrl="https://wiki.example.com")
    assert set(SCHEMA["properties"]) - set(found) == {"monitor", "repair"}


def test_machines_read_the_same_facts_as_people() -> None:
    found = facts(line("no-instance-profile"), WEB)
    [machine] = found["machines"]
    assert found["key"] == machine["key"] == f"ssm-agent/123456789012/eu-west-1/{ID}"
    assert (found["status"], found["cause"], found["since"]) == (
        "lost",
        "no-instance-profile",
        "2026-03-01T09:00:00Z",
    )
    for name in (
        "name",
        "state",
        "status_checks",
        "last_ping",
        "agent_version",
        "platform",
        "network",
        "reason",
    ):
        assert machine[name] in MESSAGES["lost-no-instance-profile"]
    assert all(link in MESSAGES["lost-no-instance-profile"] for link in found["links"].values())


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
    found = facts(text, WEB)
    names = ("previous_status", "status", "OldStateValue", "NewStateValue")
    assert tuple(found[name] for name in names) == states


def test_a_subscription_may_filter_by_what_the_message_is_about() -> None:
    tags = {"Owner": "payments", "status": "a tag of this name", "Empty": " "}
    attributes = attributes_of(facts(line("inactive"), WEB | {"Tags": tags}))
    assert {name: each["StringValue"] for name, each in attributes.items()} == {
        "account": "123456789012",
        "region": "eu-west-1",
        "status": "lost",
        "cause": "inactive",
        "kind": "machine",
        "Owner": "payments",
    }


def test_causes_are_counted_in_words_the_most_frequent_first_and_unknown_ones_last() -> None:
    counts = {
        "inactive": 3,
        "": 1200,
        "no-instance-profile": 9,
        "of-a-later-release": 1,
        "connection-lost": 3,
    }
    words_of_them = "9 without an instance profile, 3 lost connection, 3 inactive, 1,201 of unknown cause"
    assert causes_in_words(counts) == words_of_them


def test_machines_are_grouped_in_the_same_order() -> None:
    codes = ["", "inactive", "of-a-later-release", "no-instance-profile", "inactive", "no-such-code"]
    lines = [f"Lost | i-{number} | | Words [{code}]" for number, code in enumerate(codes)]
    groups = {code: [each["Id"] for each in group] for code, group in by_cause(machines_of(lines)).items()}
    assert list(groups.items()) == [
        ("inactive", ["i-1", "i-4"]),
        ("no-instance-profile", ["i-3"]),
        ("unknown", ["i-0", "i-2", "i-5"]),
    ]


LOST_AND_BACK = [
    *group("no-instance-profile", 2, "web"),
    *group("connection-lost", 1, "db", result="COMPLIANT 2026-02-28T10:00:00Z"),
    *group("connection-lost", 1, "mail", change="Recovered", result="NON_COMPLIANT 2026-02-28T10:00:00Z"),
]


def test_a_digest_is_about_all_machines_and_has_no_fields_of_an_alarm() -> None:
    found = facts_about(LOST_AND_BACK, ["Lost | no-instance-profile | 1900"], Mode="digest")
    assert {name: found[name] for name in ("kind", "key", "status", "cause", "previous_status")} == {
        "kind": "digest",
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
    assert set(found["links"]) == {"rule", "execution"}
    assert "AlarmName" not in found


def test_a_digest_of_one_machine_has_the_machine_s_key() -> None:
    [found, single] = [facts_about(LOST_AND_BACK[2:3], Mode=mode) for mode in ("digest", "instance")]
    assert found == {name: single[name] for name in found} | {"kind": "digest"}
    assert found["key"] == found["machines"][0]["key"]


def test_the_schema_refuses_what_belongs_to_another_kind() -> None:
    alarm = facts_about(LOST_AND_BACK[:1])
    for wrong in (
        alarm | {"kind": "digest"},
        facts_about(LOST_AND_BACK, Mode="digest") | {"kind": "machine"},
    ):
        assert not Draft202012Validator(SCHEMA).is_valid(wrong)


def test_a_digest_is_filtered_by_what_it_is_about_and_not_by_tags_of_machines() -> None:
    attributes = attributes_of(facts_about(LOST_AND_BACK, Mode="digest"))
    assert {name: each["StringValue"] for name, each in attributes.items()} == {
        "account": "123456789012",
        "region": "eu-west-1",
        "status": "lost",
        "cause": "several",
        "kind": "digest",
    }


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
    totals = Counter({("Lost", code): count for code, count in counts.items()})
    subject = digest_subject(totals, EVENT)
    assert subject.startswith("SSM Agents lost: ")
    assert subject.endswith(end)
    assert len(subject) < 100


def test_numbers_are_those_of_the_run_less_the_machines_that_are_left_out() -> None:
    totals = ["Lost | connection-lost | 2000", "Lost | inactive | 1", "no number", "Recovered | inactive | x"]
    machines = LOST_AND_BACK + group("inactive", 1, "app")
    told = machines[1:2] + machines[3:4]
    assert totals_of(totals, machines, told) == {
        ("Lost", "no-instance-profile"): 1,
        ("Lost", "connection-lost"): 1999,
        ("Recovered", "connection-lost"): 1,
    }


def test_the_first_line_of_a_digest_says_how_many_where_and_why() -> None:
    first = MESSAGES["digest"].split("\n")[2]
    assert len(first) <= 120
    assert first == (
        "SSM Agents on 12 machines in 123456789012 eu-west-1 do not answer: "
        "9 without an instance profile, 3 lost connection."
    )
