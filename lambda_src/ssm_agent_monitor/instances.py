"""What EC2 says: which instances run, and the details of some."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ssm_agent_monitor.models import Details

INSTANCES_PER_PAGE = 1000
"""The most that DescribeInstanceStatus and DescribeInstances give."""

INSTANCES_BY_ID = 100
"""How many instances are asked for by id in one call; a filter takes 200 values."""

STATUSES_BEGIN, STATUSES_END = b"<instanceStatusSet>", b"</instanceStatusSet>"
INSTANCE_ID = re.compile(rb"<instanceId>([^<]+)</instanceId>")
INSTANCE_STATE = re.compile(rb"<instanceState>\s*<code>[^<]*</code>\s*<name>([^<]+)</name>")

UNUSED = re.compile(rb"<(networkInterfaceSet|blockDeviceMapping|tagSet|groupSet)>.*?</\1>", re.DOTALL)


def running(ec2: Any) -> Iterator[list[str]]:
    """The ids of all running instances, page by page. DescribeInstanceStatus gives small answers."""
    pages = ec2.get_paginator("describe_instance_status").paginate(
        PaginationConfig={"PageSize": INSTANCES_PER_PAGE}
    )
    for page in pages:
        yield [
            status["InstanceId"]
            for status in page["InstanceStatuses"]
            if status["InstanceState"]["Name"] == "running"
        ]


def details(ec2: Any, instance_ids: list[str]) -> dict[str, Details]:
    """The details of those that run; asked for by a filter, since that refuses no id that is gone."""
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[
            {"Name": "instance-id", "Values": instance_ids},
            {"Name": "instance-state-name", "Values": ["running"]},
        ],
        PaginationConfig={"PageSize": INSTANCES_PER_PAGE},
    )
    return {
        instance["InstanceId"]: _details(instance)
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    }


def read_less(ec2: Any) -> None:
    """Make a client leave out what nobody reads, before an answer is parsed; EC2's answers are mostly that.

    EC2 escapes what people put into them, so that a tag is a tag. An older botocore, which has no such event,
    parses all of it.
    """
    ec2.meta.events.register("before-parse.ec2.DescribeInstanceStatus", _shorten_instance_statuses)
    ec2.meta.events.register("before-parse.ec2.DescribeInstances", _cut)


def _shorten_instance_statuses(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Take ids and states out of a page of statuses, before a parser builds a tree of it.

    A page of 1,000 has 30,000 elements, which takes a parser longer than 50 other calls. A page that doesn't
    look as expected is left to botocore.
    """
    body = response_dict["body"]
    start, end = body.find(STATUSES_BEGIN), body.rfind(STATUSES_END)
    ids, states = INSTANCE_ID.findall(body, start, end), INSTANCE_STATE.findall(body, start, end)
    if start < 0 or end < 0 or len(ids) != len(states):
        return
    customized_response_dict["InstanceStatuses"] = [
        {"InstanceId": instance_id.decode(), "InstanceState": {"Name": state.decode()}}
        for instance_id, state in zip(ids, states, strict=True)
    ]
    response_dict["body"] = body[:start] + body[end + len(STATUSES_END) :]


def _cut(response_dict: dict[str, Any], **_: Any) -> None:
    """Without the network interfaces, disks, tags and security groups parsing takes less than half."""
    response_dict["body"] = UNUSED.sub(b"", response_dict["body"])


def _details(instance: dict[str, Any]) -> Details:
    return Details(
        launched=instance["LaunchTime"],
        has_instance_profile="IamInstanceProfile" in instance,
        has_metadata_endpoint=instance.get("MetadataOptions", {}).get("HttpEndpoint") != "disabled",
        platform_type="windows" if instance.get("Platform", "").lower() == "windows" else "linux",
    )
