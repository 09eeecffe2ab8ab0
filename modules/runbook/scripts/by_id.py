"""What EC2 and Systems Manager say of machines, by their ids: one call of each API tells of up to 50."""

from __future__ import annotations

from typing import Any

from calls import client


def instances_by_id(ids: list[str]) -> dict[str, dict[str, Any]]:
    """EC2's instances; what it doesn't know is left out.

    By a filter, since EC2 refuses a call that names an instance it no longer knows.
    """
    filters = [{"Name": "instance-id", "Values": ids}]
    pages = client("ec2").get_paginator("describe_instances").paginate(Filters=filters)
    return {
        instance["InstanceId"]: instance
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    }


def agents_by_id(ids: list[str]) -> dict[str, dict[str, Any]]:
    """Systems Manager's records of SSM Agents; who isn't registered is left out.

    Every page is read: one may be empty and still be followed by another.
    """
    filters = [{"Key": "InstanceIds", "Values": ids}]
    pages = client("ssm").get_paginator("describe_instance_information")
    return {
        agent["InstanceId"]: agent
        for page in pages.paginate(Filters=filters, MaxResults=50)
        for agent in page["InstanceInformationList"]
    }
