"""Default Host Management Configuration: it serves instances without an instance profile where it is on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

SETTING_ID = "/ssm/managed-instance/default-ec2-instance-management-role"
"""The service setting that holds its role, once for each account and Region."""

SPREAD = timedelta(minutes=30)
"""It takes up to 30 minutes until a change has reached all instances (Systems Manager user guide)."""


def role_of(setting: Mapping[str, object]) -> str | None:
    """The name of its role, from what GetServiceSetting answers (`{}`: never set).

    Empty: it is off. None: not known, since the setting has another status, such as `PendingUpdate`.
    """
    status, value = setting.get("Status", "Default"), setting.get("SettingValue") or "$None"
    if status not in ("Customized", "Default"):
        return None
    return "" if status == "Default" or value == "$None" else str(value).rpartition("/")[2]
