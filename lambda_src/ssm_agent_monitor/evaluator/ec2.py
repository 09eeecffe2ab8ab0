"""What EC2 says: which instances run, the details of some, and tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from sys import intern
from typing import TYPE_CHECKING

from ssm_agent_monitor.evaluator.models import Details
from ssm_agent_monitor.shared.service_managed import operator_of

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

ITEMS_PER_PAGE = 1000
"""The most that DescribeInstanceStatus, DescribeInstances and DescribeTags give."""

INSTANCES_BY_ID = 100
"""How many instances are asked for by id in one call; a filter takes 200 values."""


def running(ec2: EC2Client) -> Iterator[dict[str, bool]]:
    """The ids of all running instances, and whether an AWS service operates each, page by page.

    Instances that a service operates (EKS Auto Mode, ECS and Lambda managed instances) are listed only if the
    account's setting shows them. DescribeInstanceStatus gives small answers.
    """
    pages = ec2.get_paginator("describe_instance_status").paginate(
        PaginationConfig={"PageSize": ITEMS_PER_PAGE}
    )
    for page in pages:
        yield {
            status["InstanceId"]: bool(operator_of(status))
            for status in page["InstanceStatuses"]
            if status["InstanceState"]["Name"] == "running"
        }


def details(ec2: EC2Client, instance_ids: Sequence[str]) -> dict[str, Details]:
    """The details of those that run; asked for by a filter, since that refuses no id that is gone."""
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[
            {"Name": "instance-id", "Values": instance_ids},
            {"Name": "instance-state-name", "Values": ["running"]},
        ],
        PaginationConfig={"PageSize": ITEMS_PER_PAGE},
    )
    return {
        instance["InstanceId"]: Details(
            launched=instance["LaunchTime"],
            has_instance_profile="IamInstanceProfile" in instance,
            has_metadata_endpoint=instance.get("MetadataOptions", {}).get("HttpEndpoint") != "disabled",
            platform_type="windows" if instance.get("Platform", "").lower() == "windows" else "linux",
            is_service_managed=bool(operator_of(instance)),
        )
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    }


def tag_values(ec2: EC2Client, key: str) -> Iterator[dict[str, str]]:
    """The values of one tag by instance id, page by page, of instances in any state.

    DescribeInstanceStatus has no tags, and no filter by them. One key a stream: DescribeTags puts filters
    together for one tag, so that two keys never match.
    """
    pages = ec2.get_paginator("describe_tags").paginate(
        Filters=[
            {"Name": "key", "Values": [re.sub(r"([*?\\])", r"\\\1", key)]},  # a filter's wildcards
            {"Name": "resource-type", "Values": ["instance"]},
        ],
        PaginationConfig={"PageSize": ITEMS_PER_PAGE},
    )
    for page in pages:
        of_key = (tag for tag in page["Tags"] if tag["Key"] == key)  # keys are case-sensitive
        yield {tag["ResourceId"]: intern(tag["Value"]) for tag in of_key}
