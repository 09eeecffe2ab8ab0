"""What gives machines their permissions: associations of instance profiles, profiles, roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.missing import read_unless_missing
from ssm_agent_monitor.responder.diagnosis.facts.trust_policy import Statement, statements_of
from ssm_agent_monitor.responder.reading import Reader

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IamInstanceProfileAssociationTypeDef
    from mypy_boto3_iam.type_defs import InstanceProfileTypeDef, RoleTypeDef


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
    """A role, with its trust policy; None: that is not understood."""

    arn: str
    trust: tuple[Statement, ...] | None


def read_associations(facts: Facts) -> list[Association]:
    """Those of all machines that are diagnosed, in one call."""
    ids = [machine.id for machine in facts.machines if not machine.is_node]
    what, operation = "instance profiles", "describe_iam_instance_profile_associations"
    key, filters = "IamInstanceProfileAssociations", [{"Name": "instance-id", "Values": ids}]

    def call() -> list[Association]:
        found = facts.reader.all_pages(what, "ec2", operation, key, Filters=filters)
        return [_association(each) for each in found]

    return facts.reader.once(what, lambda: facts.reader.read(what, call))


def _association(item: IamInstanceProfileAssociationTypeDef) -> Association:
    profile = item["IamInstanceProfile"]
    state = item.get("State", "unknown")
    return Association(
        item["AssociationId"], item["InstanceId"], state, profile["Arn"], profile.get("Id", "")
    )


def read_profile(reader: Reader, name: str) -> Profile | None:
    """A profile; None: it does not exist."""
    what = f"instance profile {name}"

    def call() -> Profile:
        item: InstanceProfileTypeDef
        item = reader.client("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
        roles = [(role["RoleName"], role["Arn"]) for role in item.get("Roles", [])]
        return Profile(item.get("InstanceProfileId", ""), *(roles or [("", "")])[0])

    return reader.once(what, lambda: read_unless_missing(reader, what, call))


def read_role(reader: Reader, name: str) -> Role | None:
    """A role; None: it does not exist."""
    what = f"role {name}"

    def call() -> Role:
        item: RoleTypeDef = reader.client("iam").get_role(RoleName=name)["Role"]
        return Role(item["Arn"], statements_of(item.get("AssumeRolePolicyDocument")))

    return reader.once(what, lambda: read_unless_missing(reader, what, call))
