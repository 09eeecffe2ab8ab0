"""Which machines are checked: by tags, by platform, unless silenced, and once their grace is over. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

from ssm_agent_monitor.evaluator.models import Agent, Details, Fleet
from ssm_agent_monitor.evaluator.settings import Settings
from ssm_agent_monitor.shared import silence, times


def is_service_managed(instance_id: str, fleet: Fleet) -> bool:
    """Whether an AWS service operates the instance, so that nobody can put an agent on it."""
    details = fleet.details.get(instance_id)
    return instance_id in fleet.service_managed or (details is not None and details.is_service_managed)


def has_instance(instance_id: str, fleet: Fleet, settings: Settings) -> bool:
    """Whether an instance is in scope: every include key, no exclude key, and the platform."""

    def matches(key: str, values: tuple[str, ...]) -> bool:
        value = fleet.tags.get(key, {}).get(instance_id)
        return value is not None and (not values or _pattern(values).fullmatch(value) is not None)

    return (
        all(matches(key, values) for key, values in settings.include_tags.items())
        and not any(matches(key, values) for key, values in settings.exclude_tags.items())
        and has_platform(fleet.agents.get(instance_id), fleet.details.get(instance_id), settings)
    )


def has_platform(agent: Agent | None, details: Details | None, settings: Settings) -> bool:
    """Whether the platform is in scope: Systems Manager's word counts, then EC2's; an unknown one is."""
    platform = (agent.platform_type if agent else None) or (details.platform_type if details else None)
    return settings.platforms is None or platform is None or platform in settings.platforms


def silenced_until(instance_id: str, fleet: Fleet, settings: Settings, now: datetime) -> datetime | None:
    """Until when an instance is left out; None if it isn't, or if its tag can't be read."""
    value = fleet.tags.get(settings.silence_tag, {}).get(instance_id)
    return silence.silenced_until(value, now) if value else None


def unreadable_silence(instance_id: str, fleet: Fleet, settings: Settings) -> str | None:
    """What an instance's silence tag holds, if that is no time."""
    value = fleet.tags.get(settings.silence_tag, {}).get(instance_id)
    return value if value is not None and times.parse(value) is None else None


def is_in_grace(settings: Settings, now: datetime, *times: datetime | None) -> bool:
    """Whether one of these times (launch, last ping) is no longer ago than the grace; without one: never."""
    return bool(settings.grace) and any(time is not None and now - time <= settings.grace for time in times)


@cache
def _pattern(values: tuple[str, ...]) -> re.Pattern[str]:
    """What any of the values matches; `*` stands for any text, and all else for itself."""
    alternatives = (".*".join(re.escape(part) for part in value.split("*")) for value in values)
    return re.compile("|".join(alternatives), re.DOTALL)
