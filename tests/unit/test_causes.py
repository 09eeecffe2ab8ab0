from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssm_agent_monitor import causes
from ssm_agent_monitor.models import Agent, Details

LAST_PING = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LAUNCHED = datetime(2026, 3, 1, 9, tzinfo=UTC)
LOST = Agent("ConnectionLost", LAST_PING, "3.2.1", "Amazon Linux 2023")
WHOLE = Details(LAUNCHED)
NO_PROFILE = Details(LAUNCHED, has_instance_profile=False)
NO_METADATA = Details(LAUNCHED, has_instance_profile=False, has_metadata_endpoint=False)


def test_online_says_nothing_that_changes() -> None:
    one = causes.of_agent(Agent("Online", LAST_PING, "3.3.1", "Amazon Linux 2023"))
    other = causes.of_agent(Agent("Online", LAST_PING + timedelta(hours=1), "3.4.0", "Ubuntu"))
    assert one == other == "Online [online]"


def test_a_lost_agent_is_described() -> None:
    words = (
        "Ping status ConnectionLost; last ping 2026-03-01T09:30:00Z; SSM Agent 3.2.1; Amazon Linux 2023 "
        "[connection-lost]"
    )
    assert causes.of_agent(LOST) == causes.of_instance(LOST, WHOLE, False, "online") == words


def test_times_are_utc_whatever_zone_they_come_in() -> None:
    local = LAST_PING.astimezone(timezone(timedelta(hours=9)))
    assert causes.of_agent(Agent("Inactive", local)) == causes.of_agent(Agent("Inactive", LAST_PING))


@pytest.mark.parametrize(
    ("status", "code"),
    [("ConnectionLost", "connection-lost"), ("Inactive", "inactive"), ("Asleep", "not-online")],
)
def test_what_is_missing_is_left_out_and_the_code_ends_it(status: str, code: str) -> None:
    assert causes.of_agent(Agent(status)) == f"Ping status {status}; no ping on record [{code}]"


def test_without_a_record_it_never_registered_since_its_launch() -> None:
    assert causes.of_instance(None, WHOLE, False, "") == (
        "Never registered with Systems Manager since its launch at 2026-03-01T09:00:00Z: it has no record of "
        "an SSM Agent on this running instance [never-registered]"
    )


@pytest.mark.parametrize("last_code", ["online", "connection-lost", "inactive", "no-longer-registered"])
def test_a_record_that_is_gone_is_no_longer_registered(last_code: str) -> None:
    text = causes.of_instance(None, WHOLE, False, last_code)
    assert text.startswith("No longer registered with Systems Manager")
    assert text.endswith(" [no-longer-registered]")
    assert "launch" not in text


@pytest.mark.parametrize(
    ("agent", "details", "default_host_management", "code"),
    [
        (LOST, NO_METADATA, False, "metadata-disabled"),
        (LOST, NO_METADATA, True, "metadata-disabled"),
        (None, NO_METADATA, None, "metadata-disabled"),
        (LOST, NO_PROFILE, False, "no-instance-profile"),
        (None, NO_PROFILE, False, "no-instance-profile"),
        (LOST, NO_PROFILE, None, "connection-lost"),
        (None, NO_PROFILE, None, "never-registered"),
        (None, NO_PROFILE, True, "never-registered"),
        (LOST, NO_PROFILE, True, "connection-lost"),
        (Agent("ConnectionLost", LAST_PING, "3.2.581.9"), NO_PROFILE, True, "agent-too-old"),
        (Agent("Inactive", LAST_PING, "2.9.9999.0"), NO_PROFILE, True, "agent-too-old"),
        (Agent("ConnectionLost", LAST_PING, "3.2.582.0"), NO_PROFILE, True, "connection-lost"),
        (Agent("ConnectionLost", LAST_PING, "3.10.0.0"), NO_PROFILE, True, "connection-lost"),
        (Agent("ConnectionLost", LAST_PING, "latest"), NO_PROFILE, True, "connection-lost"),
        (Agent("ConnectionLost", LAST_PING), NO_PROFILE, True, "connection-lost"),
        (Agent("ConnectionLost", LAST_PING, "2.0.0.0"), WHOLE, True, "connection-lost"),
    ],
)
def test_the_likeliest_cause_comes_first_and_the_times_stay(
    agent: Agent | None, details: Details, default_host_management: bool | None, code: str
) -> None:
    text = causes.of_instance(agent, details, default_host_management, "")
    assert causes.code(text) == code
    assert len(text) <= 256
    assert text.startswith("Likely cause: ") == (code not in ("connection-lost", "never-registered"))
    time = "last ping 2026-03-01T09:30:00Z" if agent else "launch at 2026-03-01T09:00:00Z"
    assert time in text


@pytest.mark.parametrize("length", range(200, 300))
def test_an_annotation_is_cut_before_its_code(length: int) -> None:
    text = causes.of_agent(Agent("ConnectionLost", LAST_PING, "3.2.1", "x" * length))
    assert len(text) <= 256
    assert text.endswith(("x [connection-lost]", "... [connection-lost]"))


@given(
    st.text(max_size=300),
    st.text(max_size=300),
    st.sampled_from([WHOLE, NO_PROFILE, NO_METADATA]),
    st.none() | st.booleans(),
)
def test_whatever_an_agent_reports_the_time_stays_and_json_stays_whole(
    version: str, platform: str, details: Details, default_host_management: bool | None
) -> None:
    agent = Agent("ConnectionLost", LAST_PING, version, platform)
    text = causes.of_instance(agent, details, default_host_management, "")
    assert len(text) <= 256
    assert not re.search(r'["\\\x00-\x1f\x7f]', text)
    assert "last ping 2026-03-01T09:30:00Z" in text
    assert causes.code(text) in (
        "connection-lost",
        "no-instance-profile",
        "metadata-disabled",
        "agent-too-old",
    )


def test_silence_says_until_when() -> None:
    assert causes.silenced(LAST_PING) == "Silenced until 2026-03-01T09:30:00Z [silenced]"
