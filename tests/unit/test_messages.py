"""What people get, to the letter, and what holds for any message."""

from __future__ import annotations

import re

import pytest
from machines import machines_of
from message import CAUSES, message_of, subject_of

from ssm_agent_monitor import annotations as words
from tests.unit.golden_messages import ANNOTATIONS, EVENT, FOLDER, ID, WEB, line, message_file, messages

MESSAGES = messages()


def test_there_is_a_file_for_each_message_and_no_other() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(MESSAGES)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_is_its_file_to_the_letter(name: str) -> None:
    assert MESSAGES[name] == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def test_there_is_a_message_for_each_cause() -> None:
    likely = {words.NO_METADATA[0], words.NO_INSTANCE_PROFILE[0], words.AGENT_TOO_OLD[0]}
    assert (
        set(ANNOTATIONS)
        == set(CAUSES)
        == likely
        | {
            *words.CODES.values(),
            "not-online",
            "never-registered",
            "no-longer-registered",
        }
    )


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
    "text", ["", "Lost", "Lost |", "Lost | | |", "Lost | i-1 | x | a | b [not a code", "||||"]
)
def test_a_line_of_any_form_makes_a_message(text: str) -> None:
    [machine] = machines_of([text])
    assert "answer" in message_of(machine, EVENT, [], None)
    assert subject_of(machine, EVENT)


def test_an_annotation_may_hold_the_sign_between_the_parts() -> None:
    [machine] = machines_of([f"Lost | {ID} | | Ping status A | B [not-online]"])
    assert (machine["Words"], machine["Cause"]) == ("Ping status A | B", "not-online")
