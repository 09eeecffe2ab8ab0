"""Check `default-host-management`: what serves instances without a profile, if it is on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ssm_agent_monitor.responder.diagnosis.checks.agent_versions import HOST_SINCE, age_of
from ssm_agent_monitor.responder.diagnosis.facts.host_setting import HOST_SETTING, SPREAD
from ssm_agent_monitor.responder.reading import Unreadable


def switched_off() -> list[tuple[str, ...]]:
    """What is broken if it is off."""
    role = "service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole"
    command = f"ssm update-service-setting --setting-id {HOST_SETTING} --setting-value {role}"
    do = "Attach an instance profile, or create this role and switch it on for all instances without one:"
    return [("Default Host Management is off", do, command)]


def check_host_agent(version: str, instance_id: str) -> Any:
    """Whether an agent can do without a profile, from its version."""
    age = age_of(version)
    if not age:
        return Unreadable(f"the version of SSM Agent is {version}")
    if age >= HOST_SINCE:
        return f"SSM Agent {version}"
    command = f"ec2 associate-iam-instance-profile --instance-id {instance_id} --iam-instance-profile"
    found = f"SSM Agent {version} is too old for Default Host Management"
    return [(found, "Update it on the machine, or attach a profile:", f"{command} Name=NAME")]


def check_freshness(setting: dict[str, Any], now: datetime) -> Any:
    """Broken while a change still spreads: to wait is what is to do."""
    changed = setting.get("LastModifiedDate")
    if not changed:
        return Unreadable("when Default Host Management was switched on is unknown")
    if now - changed >= SPREAD:
        return "Default Host Management has been on for 30 minutes"
    when = f"{changed.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    found = f"Default Host Management was changed at {when}, and needs up to 30 minutes"
    command = f"ssm get-service-setting --setting-id {HOST_SETTING}"
    return [(found, "Wait; this shows the setting:", command)]


def together(answers: list[Any], fine: str) -> Any:
    """One answer of several: all that is broken, or else the first that could not be checked, or fine."""
    broken = [each for answer in answers if is_broken(answer) for each in answer]
    unsure = [str(answer) for answer in answers if isinstance(answer, Unreadable)]
    return broken or (Unreadable(unsure[0]) if unsure else fine)


def is_broken(answer: Any) -> bool:
    """Whether an answer (see answers.py) says what is broken."""
    return isinstance(answer, list)
