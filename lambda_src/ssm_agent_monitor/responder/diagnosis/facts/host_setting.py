"""The setting of Default Host Management, which serves instances without a profile where it is on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ssm_agent_monitor.responder.diagnosis.facts.gone import read_or_gone
from ssm_agent_monitor.responder.reading import Reader, Unreadable

HOST_SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"
SPREAD = timedelta(minutes=30)
"""It takes up to 30 minutes until a change has reached all instances (Systems Manager user guide)."""


def read_host_setting(reader: Reader) -> Any:
    """The setting, which a Region has once, from GetServiceSetting; `{}` where there is none."""

    def call() -> Any:
        return reader.client("ssm").get_service_setting(SettingId=HOST_SETTING)["ServiceSetting"]

    return reader.once("host-setting", lambda: read_or_gone(reader, "Default Host Management", call))


def host_role_of(setting: Any) -> Any:
    """The name of Default Host Management's role, from the setting; empty: it is off."""
    if isinstance(setting, Unreadable):
        return setting
    status, value = setting.get("Status", "Default"), setting.get("SettingValue") or "$None"
    if status not in ("Customized", "Default"):
        return Unreadable(f"the setting of Default Host Management is {status}")
    return "" if status == "Default" or value == "$None" else value.rpartition("/")[2]
