"""EC2 operations that moto answers without pages, or with pages of any size."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends

from sandbox.gateway import AwsError, Call, Gateway
from sandbox.paging import only_modelled, page
from sandbox.policies import not_modelled

MAX_FILTER_VALUES = 200
TAG_FILTERS = ("key", "value", "resource-id", "resource-type")
BAD_TOKEN = "InvalidPaginationToken"


def register(gateway: Gateway) -> None:
    """Answer and check the operations that are modelled here."""
    gateway.operations["ec2", "DescribeInstanceStatus"] = _describe_status
    gateway.operations["ec2", "DescribeTags"] = _describe_tags
    gateway.before["ec2", "DescribeInstances"] += [_check_page, _check_token, _check_filters]
    gateway.before["ec2", "StartInstances"].append(_renew_launch_time)


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


def _check_filters(call: Call) -> None:
    if sum(len(entry.get("Values", [])) for entry in call.params.get("Filters") or []) > MAX_FILTER_VALUES:
        text = f"The maximum number of filter values specified on a single call is {MAX_FILTER_VALUES}"
        raise AwsError("FilterLimitExceeded", text)


def _renew_launch_time(call: Call) -> None:
    """Let the launch time of stopped instances be that of their start."""
    for instance in ec2_backends[call.account][call.region].all_instances():
        if instance.id in call.params["InstanceIds"] and instance.state == "stopped":
            instance.launch_time = utcnow()


def _describe_status(call: Call) -> dict[str, Any]:
    only_modelled(call, "InstanceIds", "MaxResults", "NextToken", "IncludeAllInstances")
    _check_page(call)
    backend = ec2_backends[call.account][call.region]
    everything = {instance.id: instance for instance in backend.all_instances()}
    ids = call.params.get("InstanceIds") or list(everything)
    if unknown := [instance_id for instance_id in ids if instance_id not in everything]:
        message = f"The instance IDs '{', '.join(unknown)}' do not exist"
        raise AwsError("InvalidInstanceID.NotFound", message)
    instances = [everything[instance_id] for instance_id in ids]
    if not call.params.get("IncludeAllInstances"):
        instances = [instance for instance in instances if instance.state == "running"]
    shown, next_token = page(call, instances, 1000, BAD_TOKEN)
    return {"InstanceStatuses": [_status(instance) for instance in shown], **next_token}


def _status(instance: Any) -> dict[str, Any]:
    return {
        "AvailabilityZone": instance.availability_zone,
        "InstanceId": instance.id,
        "InstanceState": {"Code": instance.state_code, "Name": instance.state},
        "InstanceStatus": instance.instance_status,
        "SystemStatus": instance.system_status,
        "Operator": {"Managed": False},
    }


def _describe_tags(call: Call) -> dict[str, Any]:
    only_modelled(call, "Filters", "MaxResults", "NextToken")
    _check_page(call)
    filters = {entry["Name"]: entry["Values"] for entry in call.params.get("Filters") or []}
    for name in filters:
        if name not in TAG_FILTERS:
            raise not_modelled(f"the filter {name}")
    tags = ec2_backends[call.account][call.region].describe_tags(filters or None)
    shown, next_token = page(call, tags, 1000, BAD_TOKEN)
    members = {"Key": "key", "Value": "value", "ResourceId": "resource_id", "ResourceType": "resource_type"}
    return {"Tags": [{member: tag[key] for member, key in members.items()} for tag in shown], **next_token}
