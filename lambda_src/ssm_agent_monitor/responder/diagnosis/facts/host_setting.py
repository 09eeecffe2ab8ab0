"""The setting of Default Host Management, which serves instances without a profile where it is on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.reading import Reader, UnreadableError
from ssm_agent_monitor.shared.host_management import SETTING_ID, role_of

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import ServiceSettingTypeDef

WHAT = "Default Host Management"


@dataclass(frozen=True, slots=True)
class HostManagement:
    """The name of its `role`, empty where it is off; and when it was last `changed`, if that is known."""

    role: str = ""
    changed: datetime | None = None


def read_host_setting(reader: Reader) -> HostManagement:
    """The setting, which a Region has once.

    Raises:
        UnreadableError: it could not be read, or doesn't say whether Default Host Management is on.
    """

    def call() -> HostManagement:
        ssm = reader.client("ssm")
        setting: ServiceSettingTypeDef
        try:
            setting = ssm.get_service_setting(SettingId=SETTING_ID)["ServiceSetting"]
        except ssm.exceptions.ServiceSettingNotFound:
            return HostManagement()
        role = role_of(setting)
        if role is None:
            raise UnreadableError(f"the setting of {WHAT} is {setting.get('Status')}")
        return HostManagement(role, setting.get("LastModifiedDate"))

    return reader.once(WHAT, lambda: reader.read(WHAT, call))
