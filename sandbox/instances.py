"""EC2's instances: pages, and machines that a service operates (EKS Auto Mode and others)."""

from __future__ import annotations

import base64
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends

from sandbox.gateway import AwsError, Call, Gateway, not_modelled
from sandbox.paging import only_modelled, page

MAX_FILTER_VALUES = 200
RESERVATIONS_PER_PAGE = 100
TAG_FILTERS = ("key", "value", "resource-id", "resource-type")
BAD_TOKEN = "InvalidPaginationToken"


class Instances:
    """EC2's view of the machines; what a service operates is hidden until the account's setting shows it."""

    def __init__(self) -> None:
        self._visibility: dict[str, str] = {}  # by account

    def register(self, gateway: Gateway) -> None:
        """Answer and check the operations that are modelled here."""
        gateway.operations["ec2", "DescribeInstances"] = self._describe
        gateway.operations["ec2", "DescribeInstanceStatus"] = self._describe_status
        gateway.operations["ec2", "DescribeTags"] = _describe_tags
        gateway.operations["ec2", "GetConsoleOutput"] = _console_output
        gateway.operations["ec2", "GetManagedResourceVisibility"] = self._get_visibility
        gateway.operations["ec2", "ModifyManagedResourceVisibility"] = self._modify_visibility
        gateway.before["ec2", "StartInstances"].append(_renew_launch_time)

    def visibility(self, account: str) -> str:
        """Return whether what services operate is `hidden` (at first) or `visible`."""
        return self._visibility.get(account, "hidden")

    def set_visibility(self, account: str, visibility: str) -> None:
        """Set whether what services operate is `hidden` or `visible`; raises a ValueError for other words."""
        if visibility not in ("hidden", "visible"):
            raise ValueError(f"{visibility!r} is neither hidden nor visible")
        self._visibility[account] = visibility

    def _get_visibility(self, call: Call) -> dict[str, Any]:
        return {"Visibility": {"DefaultVisibility": self.visibility(call.account)}}

    def _modify_visibility(self, call: Call) -> dict[str, Any]:
        self.set_visibility(call.account, call.params["DefaultVisibility"])
        return self._get_visibility(call)

    def _shows(self, call: Call, instance: Any) -> bool:
        asked = call.params.get("IncludeManagedResources")
        return asked or self.visibility(call.account) == "visible" or not _operator(instance)["Managed"]

    def _describe(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "InstanceIds", "Filters", "MaxResults", "NextToken", "IncludeManagedResources")
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
        for reservation in reservations:  # copies
            reservation.instances = [each for each in reservation.instances if self._shows(call, each)]
        filled = [reservation for reservation in reservations if reservation.instances]
        shown, next_token = page(call, filled, RESERVATIONS_PER_PAGE, BAD_TOKEN)
        for instance in (each for reservation in shown for each in reservation.instances):
            instance.operator = _operator(instance)
        return {"Reservations": shown, **next_token}

    def _describe_status(self, call: Call) -> dict[str, Any]:
        only_modelled(
            call, "InstanceIds", "MaxResults", "NextToken", "IncludeAllInstances", "IncludeManagedResources"
        )
        _check_page(call)
        backend = ec2_backends[call.account][call.region]
        everything = {instance.id: instance for instance in backend.all_instances()}
        ids = call.params.get("InstanceIds") or list(everything)
        if unknown := [instance_id for instance_id in ids if instance_id not in everything]:
            message = f"The instance IDs '{', '.join(unknown)}' do not exist"
            raise AwsError("InvalidInstanceID.NotFound", message)
        instances = [everything[each] for each in ids if self._shows(call, everything[each])]
        if not call.params.get("IncludeAllInstances"):
            instances = [instance for instance in instances if instance.state == "running"]
        shown, next_token = page(call, instances, 1000, BAD_TOKEN)
        return {"InstanceStatuses": [_status(instance) for instance in shown], **next_token}


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


def _filters(call: Call) -> dict[str, list[str]]:
    """Return the values by the filter's name, as moto wants them."""
    filters = {entry["Name"]: entry.get("Values", []) for entry in call.params.get("Filters") or []}
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
    return {
        "AvailabilityZone": instance.availability_zone,
        "InstanceId": instance.id,
        "InstanceState": {"Code": instance.state_code, "Name": instance.state},
        "InstanceStatus": _checks(instance),
        "SystemStatus": instance.system_status,
        "Operator": _operator(instance),
    }


def _checks(instance: Any) -> dict[str, Any]:
    """The instance's own status checks, as the fleet has them."""
    status = getattr(instance, "status_checks", "ok")
    detail = "passed" if status == "ok" else "failed"
    return {"Status": status, "Details": [{"Name": "reachability", "Status": detail}]}


def _console_output(call: Call) -> dict[str, Any]:
    """What the fleet says that the system has logged; EC2 sends it in base64."""
    only_modelled(call, "InstanceId", "Latest")
    wanted = call.params["InstanceId"]
    known = {each.id: each for each in ec2_backends[call.account][call.region].all_instances()}
    if wanted not in known:
        raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{wanted}' does not exist")
    text = getattr(known[wanted], "console_output", "")
    output = {"Output": base64.b64encode(text.encode()).decode()} if text else {}
    return {"InstanceId": wanted, "Timestamp": utcnow(), **output}


def _operator(instance: Any) -> dict[str, Any]:
    """Return whether a service operates the instance, and which."""
    principal = getattr(instance, "operated_by", None)
    return {"Managed": True, "Principal": principal} if principal else {"Managed": False}


def _describe_tags(call: Call) -> dict[str, Any]:
    only_modelled(call, "Filters", "MaxResults", "NextToken")
    _check_page(call)
    filters = _filters(call)
    for name in filters:
        if name not in TAG_FILTERS:
            raise not_modelled(f"the filter {name}")
    tags = ec2_backends[call.account][call.region].describe_tags(filters or None)
    shown, next_token = page(call, tags, 1000, BAD_TOKEN)
    members = {"Key": "key", "Value": "value", "ResourceId": "resource_id", "ResourceType": "resource_type"}
    return {"Tags": [{member: tag[key] for member, key in members.items()} for tag in shown], **next_token}
