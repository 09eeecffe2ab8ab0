"""EC2's lists of instances and tags. Facts: the API reference's pages of these operations."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sandbox.gateway import AwsError

from .account import Account, Item
from .paging import page

PAGE_SIZES = range(5, 1001)
LARGEST_PAGE = PAGE_SIZES[-1]
"""Without MaxResults too, since EC2 splits large answers by itself."""

IDS_PER_CALL = 100

DESCRIPTION: Item = {
    "LaunchTime": datetime(2026, 1, 12, tzinfo=UTC),
    "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/application"},
    "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required"},
    "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "Groups": [{"GroupId": "sg-1"}]}],
    "SecurityGroups": [{"GroupId": "sg-1"}],
    "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-1"}}],
    "Tags": [{"Key": "Name", "Value": "application"}],
}
"""What DescribeInstances says of an instance, unless a test says otherwise."""


def describe_instance_status(
    account: Account, max_results: int = LARGEST_PAGE, next_token: str | None = None
) -> Item:
    """Only of running instances."""
    running = _listed(account, sorted(account.instances), ["running"])
    ids, token = page(running, next_token, max_results, PAGE_SIZES, account.instances_per_page)
    state = {"InstanceState": {"Code": 16, "Name": "running"}}
    items = [{"InstanceId": each, **state, **_operator(account, each)} for each in ids]
    return {"InstanceStatuses": items, "NextToken": token}


def describe_instances(
    account: Account,
    filters: Sequence[Item] = (),
    max_results: int = LARGEST_PAGE,
    next_token: str | None = None,
) -> Item:
    """All, or those with the ids and in the states that filters name; one reservation each."""
    values = _values(filters, "instance-id", "instance-state-name")
    named = values.get("instance-id", [])
    if len(named) > IDS_PER_CALL:
        raise AwsError("NotModelled", f"a filter of more than {IDS_PER_CALL} ids")
    states = values.get("instance-state-name", ["running", "stopped"])
    listed = _listed(account, named or sorted(account.instances), states)
    ids, token = page(listed, next_token, max_results, PAGE_SIZES, account.instances_per_page)
    return {"Reservations": [{"Instances": [_described(account, each)]} for each in ids], "NextToken": token}


def describe_tags(
    account: Account, filters: Sequence[Item], max_results: int = LARGEST_PAGE, next_token: str | None = None
) -> Item:
    """The values of one key on instances."""
    values = _values(filters, "key", "resource-type")
    if values["resource-type"] != ["instance"]:
        raise AwsError("NotModelled", "tags of other resources")
    [key] = values["key"]
    tags = sorted(account.tags.get(key, {}).items())
    part, token = page(tags, next_token, max_results, PAGE_SIZES, account.instances_per_page)
    common = {"Key": key, "ResourceType": "instance"}
    return {"Tags": [{**common, "ResourceId": i, "Value": value} for i, value in part], "NextToken": token}


def _values(filters: Sequence[Item], *modelled: str) -> dict[str, list[str]]:
    values = {each["Name"]: each["Values"] for each in filters}
    if unknown := values.keys() - set(modelled):
        raise AwsError("NotModelled", f"the filters {sorted(unknown)}")
    return values


def _listed(account: Account, ids: Sequence[str], states: Sequence[str]) -> list[str]:
    hidden = set() if account.shows_service_managed else account.service_managed
    return [each for each in ids if account.instances.get(each) in states and each not in hidden]


def _described(account: Account, instance_id: str) -> Item:
    own = account.descriptions.get(instance_id, {})
    described = {"InstanceId": instance_id, **DESCRIPTION, **_operator(account, instance_id), **own}
    return {key: value for key, value in described.items() if value is not None}


def _operator(account: Account, instance_id: str) -> Item:
    managed = instance_id in account.service_managed
    return {"Operator": {"Managed": managed, **({"Principal": "eks.amazonaws.com"} if managed else {})}}
