"""The roles of a fleet file, each with its instance profile."""

from __future__ import annotations

import json
from typing import Any

MANAGED = "AmazonSSMManagedInstanceCore"


class Roles:
    """Makes roles with an administrator's client of IAM, and removes them."""

    def __init__(self, iam: Any, partition: str) -> None:
        self._iam = iam
        self._partition = partition
        self._names: list[str] = []

    def make(self, name: str, role: dict[str, Any]) -> None:
        """Make a role and a profile of its name, as a fleet file describes it."""
        trust = {"Service": role.get("trust", "ec2.amazonaws.com")}
        statement = {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}
        given = {"Path": role.get("path", "/"), "AssumeRolePolicyDocument": _document([statement])}
        if "boundary" in role:
            given["PermissionsBoundary"] = self._boundary(name, role["boundary"])
        self._iam.create_role(RoleName=name, **given)
        self._names.append(name)
        for policy in role.get("managed_policies", [MANAGED]):
            arn = f"arn:{self._partition}:iam::aws:policy/{policy}"
            self._iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        if role.get("statements"):
            document = _document(role["statements"])
            self._iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document)
        if role.get("instance_profile", True):
            self._iam.create_instance_profile(InstanceProfileName=name)
        if role.get("instance_profile", True) and role.get("in_profile", True):
            self._iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)

    def remove(self) -> None:
        """Remove all that was made."""
        paginator = self._iam.get_paginator("list_instance_profiles")
        profiles = [each for page in paginator.paginate() for each in page["InstanceProfiles"]]
        for profile in (each for each in profiles if each["InstanceProfileName"] in self._names):
            for role in profile["Roles"]:
                self._iam.remove_role_from_instance_profile(
                    InstanceProfileName=profile["InstanceProfileName"], RoleName=role["RoleName"]
                )
            self._iam.delete_instance_profile(InstanceProfileName=profile["InstanceProfileName"])
        for name in self._names:
            self._remove_role(name)
        self._names = []

    def _remove_role(self, name: str) -> None:
        for policy in self._iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            self._iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        for policy in self._iam.list_role_policies(RoleName=name)["PolicyNames"]:
            self._iam.delete_role_policy(RoleName=name, PolicyName=policy)
        boundary = self._iam.get_role(RoleName=name)["Role"].get("PermissionsBoundary")
        self._iam.delete_role(RoleName=name)
        if boundary:
            self._iam.delete_policy(PolicyArn=boundary["PermissionsBoundaryArn"])

    def _boundary(self, name: str, statements: list[Any]) -> str:
        policy = self._iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=_document(statements))
        return str(policy["Policy"]["Arn"])


def _document(statements: list[Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
