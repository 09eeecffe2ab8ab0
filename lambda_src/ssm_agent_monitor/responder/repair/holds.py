"""What holds back any repair, each by itself: from facts alone. What is not known holds back as well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from ssm_agent_monitor.responder.reading import UnreadableError, sure
from ssm_agent_monitor.responder.repair.repair_facts import Membership, RepairFacts
from ssm_agent_monitor.responder.settings import RepairSettings
from ssm_agent_monitor.shared import times
from ssm_agent_monitor.shared.host_management import SPREAD

BACK_OFF = timedelta(hours=1)
"""An agent that cannot connect tries again at least this often."""

Hold = Callable[[RepairFacts, RepairSettings], str]
"""Why it holds back, without a full stop; empty: it doesn't. May raise UnreadableError: then it does."""


def held_back_by(facts: RepairFacts, settings: RepairSettings) -> list[str]:
    """All that holds back, each once: first what could not be read."""
    said = facts.unread
    for hold in HOLDS:
        try:
            said.append(hold(facts, settings))
        except UnreadableError as error:
            said.append(str(error))
    return [each for each in dict.fromkeys(said) if each]


def _has_no_tag(facts: RepairFacts, settings: RepairSettings) -> str:
    key, value = settings.tag_key, settings.tag_value
    may_be = sure(facts.instance).tags.get(key) == value
    return "" if may_be else f"it does not have the tag {key} = {value}"


def _does_not_run(facts: RepairFacts, _settings: RepairSettings) -> str:
    state = sure(facts.instance).state
    return "" if state == "running" else f"it is {state}"


def _is_in_group(facts: RepairFacts, _settings: RepairSettings) -> str:
    """A member on standby is not replaced. The tag stays on what the group does not know, or not yet."""
    by_tag = sure(facts.instance).auto_scaling_group
    membership = sure(facts.membership) or Membership(by_tag, "")
    if not membership.group or membership.life_cycle == "Standby":
        return ""
    return f"it is a member of the Auto Scaling group {membership.group}, which may replace it meanwhile"


def _is_spot(facts: RepairFacts, _settings: RepairSettings) -> str:
    life = sure(facts.instance).life
    return f"it is a {life} instance, which AWS may take back" if life else ""


def _is_operated(facts: RepairFacts, _settings: RepairSettings) -> str:
    operator = sure(facts.instance).operator
    return f"{operator} operates it" if operator else ""


def _is_not_ok(facts: RepairFacts, _settings: RepairSettings) -> str:
    states = sure(facts.status_checks).items()
    left = [f"{name} {state}" for name, state in states if state not in ("ok", "not-applicable")]
    return f"its status checks are not ok: {', '.join(left)}" if left else ""


def _answers_again(facts: RepairFacts, _settings: RepairSettings) -> str:
    return "its SSM Agent answers again" if sure(facts.agent).ping_status == "Online" else ""


def _may_come_back(facts: RepairFacts, _settings: RepairSettings) -> str:
    """Counted from the last ping, or from the start if that was later."""
    known = [time for time in (sure(facts.instance).launched, sure(facts.agent).last_ping) if time]
    if not known:
        return "neither its last ping nor its start is known"
    until = max(known) + BACK_OFF
    is_over = facts.now > until
    return "" if is_over else f"its SSM Agent may still come back by itself, until {times.utc(until)}"


def _is_served_since_lately(facts: RepairFacts, _settings: RepairSettings) -> str:
    host_management = sure(facts.host_management)
    since = host_management.changed
    if not host_management.role or (since and facts.now - since > SPREAD):
        return ""
    when = f"at {times.utc(since)}" if since else "at a time that is not known"
    return f"Default Host Management was switched on {when}, and takes up to 30 minutes to reach it"


def _was_repaired(facts: RepairFacts, settings: RepairSettings) -> str:
    """A value that is no time holds back too: it may be a repair's."""
    value = sure(facts.instance).tags.get(settings.repaired_at_tag)
    if value is None:
        return ""
    at = times.parse(value)
    if at is None:
        return f"its tag {settings.repaired_at_tag} holds no time: {value[:50]}"
    hours = settings.cooldown_hours
    is_over = facts.now - at > timedelta(hours=hours)
    return "" if is_over else f"it was repaired at {value}, less than {hours} hours ago"


def _is_one_too_many(facts: RepairFacts, settings: RepairSettings) -> str:
    ahead, most = sure(facts.ahead), settings.max_concurrent
    return "" if ahead < most else f"{ahead} repairs run already, of at most {most}"


HOLDS: tuple[Hold, ...] = (
    _has_no_tag,
    _does_not_run,
    _is_in_group,
    _is_spot,
    _is_operated,
    _is_not_ok,
    _answers_again,
    _may_come_back,
    _is_served_since_lately,
    _was_repaired,
    _is_one_too_many,
)
"""In the order in which people are told of them."""
