from datetime import UTC, datetime, timedelta

import pytest

from ssm_agent_monitor.evaluator import scope
from ssm_agent_monitor.evaluator.models import Agent, Details, Fleet, OnlineAgent
from ssm_agent_monitor.evaluator.settings import Settings, Tags

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
ANY: tuple[str, ...] = ()


def fleet(tags: dict[str, str], agent: Agent | None = None, details: Details | None = None) -> Fleet:
    """One instance, i-1."""
    return Fleet(
        frozenset({"i-1"}),
        {"i-1": agent} if agent else {},
        {"i-1": details} if details else {},
        {key: {"i-1": value} for key, value in tags.items()},
    )


@pytest.mark.parametrize(
    ("include", "exclude", "tags", "checked"),
    [
        ({}, {}, {}, True),
        ({"Team": ANY}, {}, {"Team": ""}, True),
        ({"Team": ANY}, {}, {}, False),
        ({"Team": ANY}, {}, {"team": "a"}, False),
        ({"Team": ("a", "b")}, {}, {"Team": "b"}, True),
        ({"Team": ("a", "b")}, {}, {"Team": "ab"}, False),
        ({"Team": ("a",)}, {}, {"Team": "A"}, False),
        ({"Team": ("a*",)}, {}, {"Team": "apple"}, True),
        ({"Team": ("*a*",)}, {}, {"Team": "banana\n"}, True),
        ({"Team": ("a*c*e",)}, {}, {"Team": "abcd"}, False),
        ({"Team": ("a.c", "[b]", "x|y")}, {}, {"Team": "abc"}, False),
        ({"Team": ("a.c", "[b]", "x|y")}, {}, {"Team": "x"}, False),
        ({"Team": ("a.c", "[b]", "x|y")}, {}, {"Team": "[b]"}, True),
        ({"Team": ANY, "Stage": ("live",)}, {}, {"Team": "a", "Stage": "live"}, True),
        ({"Team": ANY, "Stage": ("live",)}, {}, {"Team": "a", "Stage": "test"}, False),
        ({}, {"Stage": ("test",), "Spot": ANY}, {"Stage": "live"}, True),
        ({}, {"Stage": ("test",), "Spot": ANY}, {"Stage": "test"}, False),
        ({}, {"Stage": ("test",), "Spot": ANY}, {"Spot": "x"}, False),
        ({"Team": ANY}, {"Team": ("b",)}, {"Team": "b"}, False),
        ({"Team": ANY}, {"Team": ("b",)}, {"Team": "a"}, True),
    ],
)
def test_tags(include: Tags, exclude: Tags, tags: dict[str, str], checked: bool) -> None:
    settings = Settings(include_tags=include, exclude_tags=exclude)
    assert scope.has_instance("i-1", fleet(tags), settings) is checked
    assert settings.tag_keys == sorted({*include, *exclude})


@pytest.mark.parametrize(
    ("agent", "details", "platform"),
    [
        ("macos", "linux", "macos"),
        ("windows", None, "windows"),
        (None, "windows", "windows"),
        (None, "linux", "linux"),
    ],
)
def test_platforms_are_what_systems_manager_says_and_else_what_ec2_says(
    agent: str | None, details: str | None, platform: str
) -> None:
    one = fleet(
        {},
        OnlineAgent(agent) if agent else None,
        Details(NOW, platform_type=details) if details else None,
    )
    for each in ("linux", "windows", "macos"):
        settings = Settings(platforms=frozenset({each}))
        assert scope.has_instance("i-1", one, settings) is (each == platform)


def test_an_unknown_platform_is_checked() -> None:
    assert scope.has_instance("i-1", fleet({}), Settings(platforms=frozenset({"macos"})))


@pytest.mark.parametrize(
    ("value", "silenced"),
    [
        ("2026-03-01T10:00:01Z", True),
        ("2026-03-01T10:00:00Z", False),
        ("2026-03-01T09:59:59+00:00", False),
        (" 2026-03-02 ", True),
        ("2026-03-01T10:30", True),
        ("2026-03-01T10:30+01:00", False),
        ("9999-12-31T23:59:59Z", True),
    ],
)
def test_silence_ends_at_a_time_in_utc(value: str, silenced: bool) -> None:
    settings = Settings(silence_tag="Silence")
    one = fleet({"Silence": value})
    assert (scope.silenced_until("i-1", one, settings, NOW) is not None) is silenced
    assert scope.unreadable_silence("i-1", one, settings) is None
    assert scope.silenced_until("i-1", one, Settings(), NOW) is None
    assert settings.tag_keys == ["Silence"]


@pytest.mark.parametrize("value", ["", "tomorrow", "2026-13-01", "9999-12-31T23:59:59-23:00"])
def test_an_unreadable_silence_is_none_and_is_named(value: str) -> None:
    settings = Settings(silence_tag="Silence")
    one = fleet({"Silence": value})
    assert scope.silenced_until("i-1", one, settings, NOW) is None
    assert scope.unreadable_silence("i-1", one, settings) == value


@pytest.mark.parametrize("minutes", [1, 15, 1440])
def test_grace_is_over_when_more_time_than_it_has_passed(minutes: int) -> None:
    settings = Settings(grace=timedelta(minutes=minutes))
    just = NOW - settings.grace
    over = just - timedelta(seconds=1)
    assert scope.is_in_grace(settings, NOW, just, over)
    assert scope.is_in_grace(settings, NOW, None, NOW)
    assert not scope.is_in_grace(settings, NOW, over, over)
    assert not scope.is_in_grace(settings, NOW, None, None)


def test_no_grace_reports_at_once() -> None:
    assert not scope.is_in_grace(Settings(grace=timedelta(0)), NOW, NOW, NOW + timedelta(hours=1))
