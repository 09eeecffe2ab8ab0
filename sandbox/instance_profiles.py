"""Which instance profile an instance has: EC2 tells it by associations.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeIamInstanceProfileAssociations.html
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from sandbox.gateway import Call, Gateway, not_modelled
from sandbox.paging import only_modelled, page


def register(gateway: Gateway) -> None:
    """Answer with the profiles that the instances have, whether IAM still has them or not."""
    gateway.operations["ec2", "DescribeIamInstanceProfileAssociations"] = _describe


def _describe(call: Call) -> dict[str, Any]:
    only_modelled(call, "Filters", "MaxResults", "NextToken")
    filters = {each["Name"]: each["Values"] for each in call.params.get("Filters") or []}
    if unknown := sorted(set(filters) - {"instance-id", "state"}):
        raise not_modelled(f"the filter {unknown[0]}")
    found = [
        _association(call, instance)
        for instance in ec2_backends[call.account][call.region].all_instances()
        if instance.iam_instance_profile and instance.id in filters.get("instance-id", [instance.id])
    ]
    shown = [each for each in found if each["State"] in filters.get("state", ["associated"])]
    associations, next_token = page(call, shown, 1000, "InvalidPaginationToken")
    return {"IamInstanceProfileAssociations": associations, **next_token}


def _association(call: Call, instance: Any) -> dict[str, Any]:
    arn = instance.iam_instance_profile["Arn"]
    return {
        "AssociationId": instance.id.replace("i-", "iip-assoc-"),
        "InstanceId": instance.id,
        "IamInstanceProfile": {"Arn": arn, "Id": profile_id(call, arn)},
        "State": "associated",
    }


def profile_id(call: Call, arn: str) -> str:
    """The id of the profile that IAM has; a made-up one if it has none."""
    profiles = list(iam_backends[call.account][call.partition].instance_profiles.values())
    return next((str(each.id) for each in profiles if each.arn == arn), "AIPASANDBOX000000000")
