"""Which repair a machine needs, and what holds it back: from facts alone.

What is not known holds back as well.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ssm_agent_monitor.responder.diagnosis.facts.host_setting import SPREAD, host_role_of
from ssm_agent_monitor.responder.diagnosis.finding import BROKEN, COULD_NOT_CHECK, FINE
from ssm_agent_monitor.responder.reading import Unreadable
from ssm_agent_monitor.responder.settings import RepairSettings

BACK_OFF = timedelta(hours=1)
"""An agent that cannot connect tries again at least this often."""
MENDED_BY_REBOOT = {"system-log"}
"""The checks of which a reboot may mend what is broken."""
ON_THE_MACHINE_ITSELF = {"activation", "agent-version", "changes", "system-log"}
"""The checks that hold no reboot back if they could not be made."""

RepairFacts = dict[str, Any]
"""What is known of one machine; each but `Id` and `Now` may be an `Unreadable`.

`Id`; `Now` (UTC); `Instance`, as DescribeInstances has it, and `Agent`, as DescribeInstanceInformation has it
(`{}`: there is none); `Statuses`, `Associations` and `Members`: the lists that DescribeInstanceStatus,
DescribeIamInstanceProfileAssociations and DescribeAutoScalingInstances answer; `HostManagement`: the service
setting of Default Host Management (`{}`: never set); `Findings` of the diagnosis; `Ahead`: how many repairs
run and come before this one.
"""


def decide(facts: RepairFacts, settings: RepairSettings) -> dict[str, Any]:
    """What to do.

    Returns `Wanted`, the repair that the machine needs: `attach`, `reboot` or empty; `HeldBack`: sentences
    without a full stop, all that speaks against it; `Action`: what is wanted if nothing does, else empty.
    """
    if facts["Id"].startswith("mi-"):
        return _decided("", ["it is a hybrid node, which can only be repaired on its site"])
    unread = [str(each) for each in facts.values() if isinstance(each, Unreadable)]
    needed = (facts["Instance"], facts["Associations"], facts["Findings"])
    if any(isinstance(each, Unreadable) for each in needed):
        return _decided("", unread)
    wanted = _wanted_repair(facts, settings)
    if not wanted:
        why = "it has an instance profile, and a reboot is not among the settings"
        return _decided("", [*unread, why if has_profile(facts) else "nothing that it lacks may be attached"])
    return _decided(wanted, unread + _held_back_by(facts, settings) + _not_mended(facts, wanted))


def _decided(wanted: str, held_back: list[str]) -> dict[str, Any]:
    return {"Wanted": wanted, "Action": "" if held_back else wanted, "HeldBack": held_back}


def has_profile(facts: RepairFacts) -> bool:
    """Whether there is a profile in any state: one that comes or goes is one as well."""
    return bool(facts["Instance"].get("IamInstanceProfile") or facts["Associations"])


def _wanted_repair(facts: RepairFacts, settings: RepairSettings) -> str:
    """Without a profile, an agent that Default Host Management gives its permissions lacks none."""
    fine = {each["Check"] for each in facts["Findings"] if each["Verdict"] == FINE}
    if settings.instance_profile and not has_profile(facts) and "default-host-management" not in fine:
        return "attach"
    return "reboot" if settings.reboot else ""


def _not_mended(facts: RepairFacts, wanted: str) -> list[str]:
    """What is broken, or may be, and stays so after a reboot."""
    doubts = []
    for each in facts["Findings"] if wanted == "reboot" else []:
        if each["Verdict"] == BROKEN and each["Check"] not in MENDED_BY_REBOOT:
            doubts.append(f"a reboot does not mend this: {each['Found']}")
        if each["Verdict"] == COULD_NOT_CHECK and each["Check"] not in ON_THE_MACHINE_ITSELF:
            doubts.append(f"this could not be checked: {each['Found']}")
    return doubts


def _held_back_by(facts: RepairFacts, settings: RepairSettings) -> list[str]:
    """What holds back any repair, as far as it could be read."""
    checks: dict[Callable[[RepairFacts, RepairSettings], str], list[str]] = {
        _has_no_tag: ["Instance"],
        _does_not_run: ["Instance"],
        _is_in_group: ["Instance", "Members"],
        _is_spot: ["Instance"],
        _is_operated: ["Instance"],
        _is_not_ok: ["Statuses"],
        _answers_again: ["Agent"],
        _may_come_back: ["Instance", "Agent"],
        _is_fresh: ["HostManagement"],
        _was_repaired: ["Instance"],
        _is_one_too_many: ["Ahead"],
    }
    reasons = [
        check(facts, settings)
        for check, names in checks.items()
        if not any(isinstance(facts[name], Unreadable) for name in names)
    ]
    return [reason for reason in reasons if reason]


def _tags_of_instance(facts: RepairFacts) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in facts["Instance"].get("Tags", [])}


def _has_no_tag(facts: RepairFacts, settings: RepairSettings) -> str:
    key, value = settings.tag_key, settings.tag_value
    return "" if _tags_of_instance(facts).get(key) == value else f"it does not have the tag {key} = {value}"


def _does_not_run(facts: RepairFacts, _settings: RepairSettings) -> str:
    state = facts["Instance"].get("State", {}).get("Name", "gone")
    return "" if state == "running" else f"it is {state}"


def _is_in_group(facts: RepairFacts, _settings: RepairSettings) -> str:
    """A member on standby is not replaced. The tag stays on what the group does not know, or not yet."""
    group = _tags_of_instance(facts).get("aws:autoscaling:groupName", "")
    names = [each.get("AutoScalingGroupName", "") for each in facts["Members"]] or [group]
    on_standby = [each.get("LifecycleState") == "Standby" for each in facts["Members"]]
    if (not facts["Members"] and not group) or (on_standby and all(on_standby)):
        return ""
    return f"it is a member of the Auto Scaling group {names[0]}, which may replace it meanwhile"


def _is_spot(facts: RepairFacts, _settings: RepairSettings) -> str:
    life = facts["Instance"].get("InstanceLifecycle")
    return f"it is a {life} instance, which AWS may take back" if life else ""


def _is_operated(facts: RepairFacts, _settings: RepairSettings) -> str:
    operator = facts["Instance"].get("Operator", {})
    return f"{operator.get('Principal', 'a service')} operates it" if operator.get("Managed") else ""


def _is_not_ok(facts: RepairFacts, _settings: RepairSettings) -> str:
    """EBS is looked at only where EC2 does."""
    found = facts["Statuses"][0] if facts["Statuses"] else {}
    states = {
        "system": found.get("SystemStatus", {}).get("Status", "unknown"),
        "instance": found.get("InstanceStatus", {}).get("Status", "unknown"),
        "EBS": found.get("AttachedEbsStatus", {}).get("Status", "not-applicable"),
    }
    left = [f"{name} {state}" for name, state in states.items() if state not in ("ok", "not-applicable")]
    return f"its status checks are not ok: {', '.join(left)}" if left else ""


def _answers_again(facts: RepairFacts, _settings: RepairSettings) -> str:
    return "its SSM Agent answers again" if facts["Agent"].get("PingStatus") == "Online" else ""


def _may_come_back(facts: RepairFacts, _settings: RepairSettings) -> str:
    """Counted from the last ping, or from the start if that was later."""
    times = (facts["Instance"].get("LaunchTime"), facts["Agent"].get("LastPingDateTime"))
    known = [each for each in times if each]
    if not known:
        return "neither its last ping nor its start is known"
    if facts["Now"] - max(known) > BACK_OFF:
        return ""
    return f"its SSM Agent may still come back by itself, until {_time_of(max(known) + BACK_OFF)}"


def _is_fresh(facts: RepairFacts, _settings: RepairSettings) -> str:
    setting = facts["HostManagement"]
    if host_role_of(setting) == "":
        return ""
    since = setting.get("LastModifiedDate")
    if since and facts["Now"] - since > SPREAD:
        return ""
    when = f"at {_time_of(since)}" if since else "at a time that is not known"
    return f"Default Host Management was switched on {when}, and takes up to 30 minutes to reach it"


def _was_repaired(facts: RepairFacts, settings: RepairSettings) -> str:
    """A value that is no time holds back too: it may be a repair's."""
    value = _tags_of_instance(facts).get(settings.repaired_at_tag)
    if value is None:
        return ""
    try:
        at = datetime.fromisoformat(value)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        is_over = facts["Now"] - at > timedelta(hours=settings.cooldown_hours)
    except (ValueError, OverflowError):
        return f"its tag {settings.repaired_at_tag} holds no time: {value[:50]}"
    said = f"it was repaired at {value}, less than {settings.cooldown_hours} hours ago"
    return "" if is_over else said


def _is_one_too_many(facts: RepairFacts, settings: RepairSettings) -> str:
    is_free = facts["Ahead"] < settings.max_concurrent
    return "" if is_free else f"{facts['Ahead']} repairs run already, of at most {settings.max_concurrent}"


def _time_of(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
