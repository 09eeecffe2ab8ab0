"""EC2 operations that moto answers without pages, or with times that EC2 would change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends

from sandbox.gateway import AwsError, Call, Gateway
from sandbox.paging import only_modelled, page
from sandbox.policies import not_modelled

STATUS_FILTERS: dict[str, Callable[[Any], str | None]] = {
    "availability-zone": lambda instance: str(instance.availability_zone),
    "instance-state-code": lambda instance: str(instance.state_code),
    "instance-state-name": lambda instance: str(instance.state),
}
BAD_TOKEN = "InvalidPaginationToken"


def register(gateway: Gateway) -> None:
    """Answer and check the operations that are modelled here."""
    gateway.operations["ec2", "DescribeInstanceStatus"] = _describe_status
    gateway.operations["ec2", "DescribeTags"] = _describe_tags
    gateway.before["ec2", "DescribeInstances"] += [_check_page, _check_token]
    gateway.before["ec2", "StartInstances"].append(_renew_launch_time)


def _renew_launch_time(call: Call) -> None:
    """Give the stopped instances that are about to start a new launch time, as EC2 does."""
    for instance in ec2_backends[call.account][call.region].all_instances():
        if instance.id in call.params["InstanceIds"] and instance.state == "stopped":
            instance.launch_time = utcnow()


def _check_page(call: Call) -> None:
    size = call.params.get("MaxResults")
    if size is None:
        return
    if call.params.get("InstanceIds"):
        raise AwsError(
            "InvalidParameterCombination",
            "The parameter instancesSet cannot be used with the parameter maxResults",
        )
    if not 5 <= size <= 1000:
        bound = "greater than 5" if size < 5 else "smaller than 1000"
        raise AwsError(
            "InvalidParameterValue",
            f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value {bound}.",
        )


def _check_token(call: Call) -> None:
    """Refuse a token that moto would fail on: one that it didn't give (its tokens are reservations' ids)."""
    token = call.params.get("NextToken")
    if token and token not in ec2_backends[call.account][call.region].reservations:
        raise AwsError(BAD_TOKEN, "The specified pagination token is not valid or is expired.")


def _describe_status(call: Call) -> dict[str, Any]:
    only_modelled(call, "InstanceIds", "MaxResults", "NextToken", "Filters", "IncludeAllInstances")
    _check_page(call)
    wanted = call.params.get("InstanceIds") or []
    instances = _by_id(call, wanted) if wanted else ec2_backends[call.account][call.region].all_instances()
    if not call.params.get("IncludeAllInstances"):
        instances = [instance for instance in instances if instance.state == "running"]
    for entry in call.params.get("Filters") or []:
        if entry["Name"] not in STATUS_FILTERS:
            raise not_modelled(f"the filter {entry['Name']}")
        attribute = STATUS_FILTERS[entry["Name"]]
        instances = [instance for instance in instances if attribute(instance) in entry["Values"]]
    shown, next_token = page(call, instances, len(wanted) or 1000, BAD_TOKEN)
    return {"InstanceStatuses": [_status(instance) for instance in shown], **next_token}


def _by_id(call: Call, wanted: list[str]) -> list[Any]:
    known = {instance.id: instance for instance in ec2_backends[call.account][call.region].all_instances()}
    for instance_id in wanted:
        if instance_id not in known:
            message = f"The instance ID '{instance_id}' does not exist"
            raise AwsError("InvalidInstanceID.NotFound", message)
    return [known[instance_id] for instance_id in wanted]


def _status(instance: Any) -> dict[str, Any]:
    return {
        "AvailabilityZone": instance.availability_zone,
        "InstanceId": instance.id,
        "InstanceState": {"Code": instance.state_code, "Name": instance.state},
        "InstanceStatus": instance.instance_status,
        "SystemStatus": instance.system_status,
        "AttachedEbsStatus": instance.system_status,
        "Operator": {"Managed": False},
    }


def _describe_tags(call: Call) -> dict[str, Any]:
    only_modelled(call, "Filters", "MaxResults", "NextToken")
    _check_page(call)
    filters = {entry["Name"]: entry["Values"] for entry in call.params.get("Filters") or []}
    unknown = filters.keys() - {"key", "value", "resource-id", "resource-type"}
    if unknown:
        raise not_modelled(f"the filter {sorted(unknown)[0]}")
    tags = ec2_backends[call.account][call.region].describe_tags(filters or None)
    shown, next_token = page(call, tags, 1000, BAD_TOKEN)
    return {"Tags": [_tag(tag) for tag in shown], **next_token}


def _tag(tag: dict[str, Any]) -> dict[str, str]:
    return {
        "Key": tag["key"],
        "Value": tag["value"],
        "ResourceId": tag["resource_id"],
        "ResourceType": tag["resource_type"],
    }
