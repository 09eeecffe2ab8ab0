"""EC2's instances: pages of them, their status and system log, their instance profiles.

EC2 tells by associations which profile an instance has:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeIamInstanceProfileAssociations.html
"""

from __future__ import annotations

import base64
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.paging import only_modelled, page

MAX_FILTER_VALUES = 200
RESERVATIONS_PER_PAGE = 100
TAG_FILTERS = ("key", "value", "resource-id", "resource-type")
PROFILE_FILTERS = ("instance-id", "state")
NO_PROFILE_ID = "AIPASANDBOX000000000"  # of a profile that IAM does not have
BAD_TOKEN = "InvalidPaginationToken"


def register(gateway: Gateway) -> None:
    """Answer and check the operations that are modelled here."""
    gateway.operations["ec2", "DescribeInstances"] = _describe
    gateway.operations["ec2", "DescribeInstanceStatus"] = _describe_status
    gateway.operations["ec2", "DescribeTags"] = _describe_tags
    gateway.operations["ec2", "GetConsoleOutput"] = _console_output
    gateway.operations["ec2", "DescribeIamInstanceProfileAssociations"] = _describe_profiles
    gateway.before["ec2", "StartInstances"].append(_renew_launch_time)


def _describe(call: Call) -> dict[str, Any]:
    only_modelled(call, "InstanceIds", "Filters", "MaxResults", "NextToken")
    _check_page(call)
    filters = _filters(call)
    backend: Any = ec2_backends[call.account][call.region]
    try:
        if ids := call.params.get("InstanceIds"):
            reservations = backend.get_reservations_by_instance_ids(ids, filters)
        else:
            reservations = backend.describe_instances(filters)
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error
    shown, next_token = page(call, reservations, RESERVATIONS_PER_PAGE, BAD_TOKEN)
    return {"Reservations": shown, **next_token}


def _describe_status(call: Call) -> dict[str, Any]:
    only_modelled(call, "InstanceIds", "MaxResults", "NextToken")
    _check_page(call)
    instances = _instances(call, call.params.get("InstanceIds") or [])
    running = [instance for instance in instances if instance.state == "running"]
    shown, next_token = page(call, running, 1000, BAD_TOKEN)
    return {"InstanceStatuses": [_status(instance) for instance in shown], **next_token}


def _instances(call: Call, ids: list[str]) -> list[Any]:
    """Return the instances of these ids, all if there are none; raises `AwsError` for an unknown id."""
    known = {each.id: each for each in ec2_backends[call.account][call.region].all_instances()}
    if unknown := [each for each in ids if each not in known]:
        message = f"The instance IDs '{', '.join(unknown)}' do not exist"
        raise AwsError("InvalidInstanceID.NotFound", message)
    return [known[each] for each in ids or known]


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


def _filters(call: Call, modelled: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Return the values by the filter's name, as moto wants them; `modelled`: only these."""
    filters = {entry["Name"]: entry.get("Values", []) for entry in call.params.get("Filters") or []}
    if modelled and (unknown := sorted(set(filters) - set(modelled))):
        raise not_modelled(f"the filter {unknown[0]}")
    if sum(map(len, filters.values())) > MAX_FILTER_VALUES:
        text = f"The maximum number of filter values specified on a single call is {MAX_FILTER_VALUES}"
        raise AwsError("FilterLimitExceeded", text)
    return filters


def _renew_launch_time(call: Call) -> None:
    """Let the launch time of stopped instances be that of their start."""
    for instance in ec2_backends[call.account][call.region].all_instances():
        if instance.id in call.params["InstanceIds"] and instance.state == "stopped":
            instance.launch_time = utcnow()


def _status(instance: Any) -> dict[str, Any]:
    checks = getattr(instance, "status_checks", "ok")  # as the fleet has them
    detail = "passed" if checks == "ok" else "failed"
    return {
        "AvailabilityZone": instance.availability_zone,
        "InstanceId": instance.id,
        "InstanceState": {"Code": instance.state_code, "Name": instance.state},
        "InstanceStatus": {"Status": checks, "Details": [{"Name": "reachability", "Status": detail}]},
        "SystemStatus": instance.system_status,
    }


def _console_output(call: Call) -> dict[str, Any]:
    """What the fleet says that the system has logged; EC2 sends it in base64."""
    only_modelled(call, "InstanceId", "Latest")
    [instance] = _instances(call, [call.params["InstanceId"]])
    text = getattr(instance, "console_output", "")
    output = {"Output": base64.b64encode(text.encode()).decode()} if text else {}
    return {"InstanceId": instance.id, "Timestamp": utcnow(), **output}


def _describe_profiles(call: Call) -> dict[str, Any]:
    """Answer with the profiles that the instances have, whether IAM still has them or not."""
    only_modelled(call, "Filters", "MaxResults", "NextToken")
    filters = _filters(call, PROFILE_FILTERS)
    found = [
        _association(call, instance)
        for instance in ec2_backends[call.account][call.region].all_instances()
        if instance.iam_instance_profile and instance.id in filters.get("instance-id", [instance.id])
    ]
    shown = [each for each in found if each["State"] in filters.get("state", ["associated"])]
    associations, next_token = page(call, shown, 1000, BAD_TOKEN)
    return {"IamInstanceProfileAssociations": associations, **next_token}


def _association(call: Call, instance: Any) -> dict[str, Any]:
    arn = instance.iam_instance_profile["Arn"]
    profiles = list(iam_backends[call.account][call.partition].instance_profiles.values())
    profile_id = next((str(each.id) for each in profiles if each.arn == arn), NO_PROFILE_ID)
    return {
        "AssociationId": instance.id.replace("i-", "iip-assoc-"),
        "InstanceId": instance.id,
        "IamInstanceProfile": {"Arn": arn, "Id": profile_id},
        "State": "associated",
    }


def _describe_tags(call: Call) -> dict[str, Any]:
    only_modelled(call, "Filters", "MaxResults", "NextToken")
    _check_page(call)
    filters = _filters(call, TAG_FILTERS)
    tags = ec2_backends[call.account][call.region].describe_tags(filters or None)
    shown, next_token = page(call, tags, 1000, BAD_TOKEN)
    members = {"Key": "key", "Value": "value", "ResourceId": "resource_id", "ResourceType": "resource_type"}
    return {"Tags": [{member: tag[key] for member, key in members.items()} for tag in shown], **next_token}
