"""What gives machines their permissions: instance profiles, roles, Default Host Management."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.reading import Reader, UnreadableError
from ssm_agent_monitor.shared.host_management import SETTING_ID, role_of

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IamInstanceProfileAssociationTypeDef
    from mypy_boto3_iam.type_defs import InstanceProfileTypeDef, RoleTypeDef
    from mypy_boto3_ssm.type_defs import ServiceSettingTypeDef

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Association:
    """That an instance has a profile, or had, or gets one: its `state` says which."""

    id: str
    instance_id: str
    state: str
    profile_arn: str
    profile_id: str

    @property
    def profile(self) -> str:
        """The name of the profile."""
        return self.profile_arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Profile:
    """An instance profile; name and ARN of its role are empty if it holds none."""

    id: str
    role: str
    role_arn: str


@dataclass(frozen=True, slots=True)
class Role:
    """A role, with its trust policy in JSON."""

    arn: str
    trust: str


@dataclass(frozen=True, slots=True)
class HostManagement:
    """The name of its `role`, empty where it is off; and when it was last `changed`, if that is known."""

    role: str = ""
    changed: datetime | None = None


def read_associations(facts: Facts) -> list[Association]:
    """Those of all machines that are diagnosed, in one call."""
    ids = [machine.id for machine in facts.machines if not machine.is_node]
    what, operation = "instance profiles", "describe_iam_instance_profile_associations"
    key, filters = "IamInstanceProfileAssociations", [{"Name": "instance-id", "Values": ids}]

    def call() -> list[Association]:
        found = facts.reader.all_pages(what, "ec2", operation, key, Filters=filters)
        return [_association(each) for each in found]

    return facts.reader.read_once(what, call)


def _association(item: IamInstanceProfileAssociationTypeDef) -> Association:
    profile, state = item["IamInstanceProfile"], item.get("State", "unknown")
    ids = item["AssociationId"], item["InstanceId"]
    return Association(*ids, state, profile["Arn"], profile.get("Id", ""))


def read_profile(reader: Reader, name: str) -> Profile | None:
    """A profile; None: it does not exist."""

    def call() -> Profile:
        item: InstanceProfileTypeDef
        item = reader.client("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
        roles = [(role["RoleName"], role["Arn"]) for role in item.get("Roles", [])]
        return Profile(item.get("InstanceProfileId", ""), *(roles or [("", "")])[0])

    return _unless_missing(reader, f"instance profile {name}", call)


def read_role(reader: Reader, name: str) -> Role | None:
    """A role; None: it does not exist."""

    def call() -> Role:
        item: RoleTypeDef = reader.client("iam").get_role(RoleName=name)["Role"]
        return Role(item["Arn"], json.dumps(item.get("AssumeRolePolicyDocument")))  # parsed by botocore

    return _unless_missing(reader, f"role {name}", call)


def read_host_setting(reader: Reader) -> HostManagement:
    """The setting of a Region. Raises UnreadableError, too if it doesn't say whether it is on."""
    what = "Default Host Management"

    def call() -> HostManagement:
        setting: ServiceSettingTypeDef
        setting = reader.client("ssm").get_service_setting(SettingId=SETTING_ID)["ServiceSetting"]
        role = role_of(setting)
        if role is None:
            raise UnreadableError(f"the setting of {what} is {setting.get('Status')}")
        return HostManagement(role, setting.get("LastModifiedDate"))

    return _unless_missing(reader, what, call) or HostManagement()


def _unless_missing(reader: Reader, what: str, call: Callable[[], T]) -> T | None:
    """What is read once; None: there is nothing of that name."""

    def ask() -> T | None:
        try:
            return call()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchEntity", "ServiceSettingNotFound"):
                return None
            raise

    return reader.read_once(what, ask)
