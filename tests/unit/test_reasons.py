import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssm_agent_monitor.evaluator import reasons
from ssm_agent_monitor.evaluator.models import ComplianceType, Details, LastResult, UnresponsiveAgent
from ssm_agent_monitor.shared.annotation import cause_of

LAST_PING = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LAUNCHED = datetime(2026, 3, 1, 9, tzinfo=UTC)
LOST = UnresponsiveAgent("ConnectionLost", LAST_PING, "3.2.1", "Amazon Linux 2023")
WHOLE = Details(LAUNCHED)
NO_PROFILE = Details(LAUNCHED, has_instance_profile=False)
NO_METADATA = Details(LAUNCHED, has_instance_profile=False, has_metadata_endpoint=False)


def test_a_lost_agent_is_described() -> None:
    expected = (
        "Ping status ConnectionLost; last ping 2026-03-01T09:30:00Z; SSM Agent 3.2.1; Amazon Linux 2023 "
        "[connection-lost]"
    )
    assert (
        reasons.of_agent(LOST)
        == reasons.of_instance(LOST, WHOLE, False, None)
        == ("connection-lost", expected)
    )


def test_times_are_utc_whatever_zone_they_come_in() -> None:
    local = LAST_PING.astimezone(timezone(timedelta(hours=9)))
    assert reasons.of_agent(UnresponsiveAgent("Inactive", local)) == reasons.of_agent(
        UnresponsiveAgent("Inactive", LAST_PING)
    )


@pytest.mark.parametrize(
    ("status", "code"),
    [("ConnectionLost", "connection-lost"), ("Inactive", "inactive"), ("Asleep", "not-online")],
)
def test_what_is_missing_is_left_out_and_the_code_ends_it(status: str, code: str) -> None:
    text = f"Ping status {status}; no ping on record [{code}]"
    assert reasons.of_agent(UnresponsiveAgent(status)) == (code, text)


def test_without_a_record_it_never_registered_since_its_launch() -> None:
    assert reasons.of_instance(None, WHOLE, False, None).annotation == (
        "Never registered with Systems Manager since its launch at 2026-03-01T09:00:00Z: it has no record of "
        "an SSM Agent on this running instance [never-registered]"
    )


def result(annotation: str) -> LastResult:
    """A last result with what its annotation says."""
    return LastResult(ComplianceType.NON_COMPLIANT, cause_of(annotation), LAUNCHED, annotation)


@pytest.mark.parametrize("details", [WHOLE, NO_PROFILE, NO_METADATA])
@pytest.mark.parametrize("agent", [LOST, UnresponsiveAgent("Inactive", LAST_PING, "2.0.0.0", "x" * 300)])
def test_a_record_that_is_gone_is_no_longer_registered(agent: UnresponsiveAgent, details: Details) -> None:
    """However often the rule has run since: also where the code names a likely cause instead."""
    _, annotation = reasons.of_instance(agent, details, False, None)
    for _ in range(3):
        _, annotation = reasons.of_instance(None, details, False, result(annotation))
        assert "No longer registered with Systems Manager" in annotation
        assert "; last ping 2026-03-01T09:30:00Z [" in annotation
        assert "launch" not in annotation


@pytest.mark.parametrize("details", [WHOLE, NO_PROFILE, NO_METADATA])
def test_what_never_registered_stays_so(details: Details) -> None:
    _, annotation = reasons.of_instance(None, details, False, None)
    assert "Never registered" in reasons.of_instance(None, details, False, result(annotation)).annotation


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
        (UnresponsiveAgent("ConnectionLost", LAST_PING, "3.2.581.9"), NO_PROFILE, True, "agent-too-old"),
        (UnresponsiveAgent("Inactive", LAST_PING, "2.9.9999.0"), NO_PROFILE, True, "agent-too-old"),
        (UnresponsiveAgent("ConnectionLost", LAST_PING, "3.2.582.0"), NO_PROFILE, True, "connection-lost"),
        (UnresponsiveAgent("ConnectionLost", LAST_PING, "3.10.0.0"), NO_PROFILE, True, "connection-lost"),
        (UnresponsiveAgent("ConnectionLost", LAST_PING, "latest"), NO_PROFILE, True, "connection-lost"),
        (UnresponsiveAgent("ConnectionLost", LAST_PING), NO_PROFILE, True, "connection-lost"),
        (UnresponsiveAgent("ConnectionLost", LAST_PING, "2.0.0.0"), WHOLE, True, "connection-lost"),
    ],
)
def test_the_likeliest_cause_comes_first_and_the_times_stay(
    agent: UnresponsiveAgent | None, details: Details, default_host_management: bool | None, code: str
) -> None:
    cause, text = reasons.of_instance(agent, details, default_host_management, None)
    assert cause == cause_of(text) == code
    assert len(text) <= 256
    assert text.startswith("Likely cause: ") == (code not in ("connection-lost", "never-registered"))
    time = "last ping 2026-03-01T09:30:00Z" if agent else "launch at 2026-03-01T09:00:00Z"
    assert time in text


@pytest.mark.parametrize("length", range(200, 300))
def test_an_annotation_is_cut_before_its_code(length: int) -> None:
    _, text = reasons.of_agent(UnresponsiveAgent("ConnectionLost", LAST_PING, "3.2.1", "x" * length))
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
    agent = UnresponsiveAgent("ConnectionLost", LAST_PING, version, platform)
    cause, text = reasons.of_instance(agent, details, default_host_management, None)
    assert len(text) <= 256
    assert not re.search(r'["\\{}\x00-\x1f\x7f]', text)
    assert "last ping 2026-03-01T09:30:00Z" in text
    assert cause == cause_of(text)
    assert cause in (
        "connection-lost",
        "no-instance-profile",
        "metadata-disabled",
        "agent-too-old",
    )


def test_silence_says_until_when() -> None:
    assert reasons.silenced(LAST_PING).annotation == "Silenced until 2026-03-01T09:30:00Z [silenced]"
