"""What holds back any repair, each by itself: from facts alone. What is not known holds back as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from ssm_agent_monitor.responder.machines.instance import Membership
from ssm_agent_monitor.responder.reading import UnreadableError, sure
from ssm_agent_monitor.responder.repair.repair_facts import RepairFacts
from ssm_agent_monitor.responder.settings import RepairSettings
from ssm_agent_monitor.shared import times
from ssm_agent_monitor.shared.host_management import SPREAD

BACK_OFF = timedelta(hours=1)
"""An agent that cannot connect tries again at least this often."""

Hold = Callable[[RepairFacts, RepairSettings], Iterable[str]]
"""Why it holds back, without a full stop. May raise UnreadableError: then it does, too."""


def held_back_by(facts: RepairFacts, settings: RepairSettings) -> list[str]:
    """All that holds back, each once: first what could not be read."""
    said = facts.unread
    for hold in HOLDS:
        try:
            said += hold(facts, settings)
        except UnreadableError as error:
            said.append(str(error))
    return list(dict.fromkeys(said))


def _is_not_meant(facts: RepairFacts, settings: RepairSettings) -> Iterator[str]:
    instance = sure(facts.instance)
    if instance.tags.get(settings.tag_key) != settings.tag_value:
        yield f"it does not have the tag {settings.tag_key} = {settings.tag_value}"
    if instance.state != "running":
        yield f"it is {instance.state}"


def _is_in_group(facts: RepairFacts, _settings: RepairSettings) -> Iterator[str]:
    """A member on standby is not replaced. The tag stays on what the group does not know, or not yet."""
    by_tag = sure(facts.instance).auto_scaling_group
    membership = sure(facts.membership) or Membership(by_tag, "")
    if membership.group and membership.life_cycle != "Standby":
        yield f"it is a member of the Auto Scaling group {membership.group}, which may replace it meanwhile"


def _is_others(facts: RepairFacts, _settings: RepairSettings) -> Iterator[str]:
    instance = sure(facts.instance)
    if instance.life:
        yield f"it is a {instance.life} instance, which AWS may take back"
    if instance.operator:
        yield f"{instance.operator} operates it"


def _is_not_ok(facts: RepairFacts, _settings: RepairSettings) -> Iterator[str]:
    states = sure(facts.status_checks).items()
    left = [f"{name} {state}" for name, state in states if state not in ("ok", "not-applicable")]
    if left:
        yield f"its status checks are not ok: {', '.join(left)}"


def _answers_again(facts: RepairFacts, _settings: RepairSettings) -> Iterator[str]:
    if sure(facts.agent).ping_status == "Online":
        yield "its SSM Agent answers again"


def _may_come_back(facts: RepairFacts, _settings: RepairSettings) -> Iterator[str]:
    """Counted from the last ping, or from the start if that was later."""
    known = [time for time in (sure(facts.instance).launched, sure(facts.agent).last_ping) if time]
    if not known:
        yield "neither its last ping nor its start is known"
    elif facts.now <= (until := max(known) + BACK_OFF):
        yield f"its SSM Agent may still come back by itself, until {times.utc(until)}"


def _is_served_since_lately(facts: RepairFacts, _settings: RepairSettings) -> Iterator[str]:
    host_management = sure(facts.host_management)
    since = host_management.changed
    if host_management.role and not (since and facts.now - since > SPREAD):
        when = f"at {times.utc(since)}" if since else "at a time that is not known"
        yield f"Default Host Management was switched on {when}, and takes up to 30 minutes to reach it"


def _was_repaired(facts: RepairFacts, settings: RepairSettings) -> Iterator[str]:
    """A value that is no time holds back too: it may be a repair's."""
    value, hours = sure(facts.instance).tags.get(settings.repaired_at_tag), settings.cooldown_hours
    at = times.parse(value or "")
    if value is not None and at is None:
        yield f"its tag {settings.repaired_at_tag} holds no time: {value[:50]}"
    if at and facts.now - at <= timedelta(hours=hours):
        yield f"it was repaired at {value}, less than {hours} hours ago"


def _is_one_too_many(facts: RepairFacts, settings: RepairSettings) -> Iterator[str]:
    if sure(facts.ahead) >= settings.max_concurrent:
        yield f"{facts.ahead} repairs run already, of at most {settings.max_concurrent}"


HOLDS: tuple[Hold, ...] = (
    _is_not_meant,
    _is_in_group,
    _is_others,
    _is_not_ok,
    _answers_again,
    _may_come_back,
    _is_served_since_lately,
    _was_repaired,
    _is_one_too_many,
)
"""In the order in which people are told of them."""
