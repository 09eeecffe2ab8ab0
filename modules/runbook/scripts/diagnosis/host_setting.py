"""The setting of Default Host Management, which serves instances without a profile where it is on."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from calls import client
from gone import read_or_gone
from reading import Unreadable

HOST_SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"
SPREAD = timedelta(minutes=30)
"""It takes up to 30 minutes until a change has reached all instances (Systems Manager user guide)."""


@cache
def read_host_setting() -> Any:
    """The setting, which a Region has once, from GetServiceSetting; `{}` where there is none."""
    ssm = client("ssm")
    return read_or_gone(
        "Default Host Management", lambda: ssm.get_service_setting(SettingId=HOST_SETTING)["ServiceSetting"]
    )


def host_role_of(setting: Any) -> Any:
    """The name of Default Host Management's role, from the setting; empty: it is off."""
    if isinstance(setting, Unreadable):
        return setting
    status, value = setting.get("Status", "Default"), setting.get("SettingValue") or "$None"
    if status not in ("Customized", "Default"):
        return Unreadable(f"the setting of Default Host Management is {status}")
    return "" if status == "Default" or value == "$None" else value.rpartition("/")[2]
