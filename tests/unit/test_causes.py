from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ssm_agent_monitor import causes
from ssm_agent_monitor.models import Agent

LAST_PING = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def test_online_says_nothing_that_changes() -> None:
    one = causes.of_agent(Agent("Online", LAST_PING, "3.3.1", "Amazon Linux 2023"))
    other = causes.of_agent(Agent("Online", LAST_PING + timedelta(hours=1), "3.4.0", "Ubuntu"))
    assert one == other == "Online [online]"


def test_a_lost_agent_is_described() -> None:
    assert causes.of_agent(Agent("ConnectionLost", LAST_PING, "3.2.1", "Amazon Linux 2023")) == (
        "Ping status ConnectionLost; last ping 2026-03-01T09:30:00Z; SSM Agent 3.2.1; Amazon Linux 2023 "
        "[connection-lost]"
    )


def test_times_are_utc_whatever_zone_they_come_in() -> None:
    local = LAST_PING.astimezone(timezone(timedelta(hours=9)))
    assert causes.of_agent(Agent("Inactive", local)) == causes.of_agent(Agent("Inactive", LAST_PING))


@pytest.mark.parametrize(
    ("status", "code"),
    [("ConnectionLost", "connection-lost"), ("Inactive", "inactive"), ("Asleep", "not-online")],
)
def test_what_is_missing_is_left_out_and_the_code_ends_it(status: str, code: str) -> None:
    assert causes.of_agent(Agent(status)) == f"Ping status {status}; no ping on record [{code}]"


def test_no_record_means_never_registered() -> None:
    assert causes.of_agent(None).startswith("Never registered with Systems Manager")
    assert causes.of_agent(None).endswith(" [never-registered]")


@pytest.mark.parametrize("length", range(200, 300))
def test_an_annotation_is_cut_before_its_code(length: int) -> None:
    text = causes.of_agent(Agent("ConnectionLost", LAST_PING, "3.2.1", "x" * length))
    assert len(text) <= 256
    assert text.endswith(("x [connection-lost]", "... [connection-lost]"))
