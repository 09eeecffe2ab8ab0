"""Less to parse: models of the APIs with only what is used, and hooks that shorten raw answers.

With botocore's own models a cold start takes 40 MiB and a third of its CPU time more, and a page of 1,000
instance statuses longer to parse than 50 other calls. Results are the same without any of it (a test).
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.loaders import create_loader

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

STATUSES_BEGIN, STATUSES_END = b"<instanceStatusSet>", b"</instanceStatusSet>"
INSTANCE_ID = re.compile(rb"<instanceId>([^<]+)</instanceId>")
INSTANCE_STATE = re.compile(rb"<instanceState>\s*<code>[^<]*</code>\s*<name>([^<]+)</name>")
SERVICE_MANAGED = re.compile(rb"<managed>\s*true")

UNUSED = re.compile(rb"<(networkInterfaceSet|blockDeviceMapping|tagSet|groupSet)>.*?</\1>", re.DOTALL)


def session(models: Path) -> botocore.session.Session:
    """A botocore session that looks for an API's model in a folder first (tools/trim_apis.py)."""
    made = botocore.session.get_session()
    paths = [str(models), made.get_config_variable("data_path")]
    made.register_component("data_loader", create_loader(os.pathsep.join(filter(None, paths))))
    return made


def shorten_answers(ec2: EC2Client) -> None:
    """Make a client for EC2 leave out what nobody reads, before an answer is parsed.

    EC2 escapes what people put into its answers, so that a tag is a tag. An older botocore, which has no such
    event, parses all of it.
    """
    ec2.meta.events.register("before-parse.ec2.DescribeInstanceStatus", _shorten_instance_statuses)
    ec2.meta.events.register("before-parse.ec2.DescribeInstances", _cut)


def time_of(value: datetime | float | None) -> datetime | None:
    """A time that the trimmed models leave a number, so that nothing is spent on those that nobody reads."""
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else value


def _shorten_instance_statuses(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    """Take ids and states out of a page of statuses, before a parser builds a tree of its 30,000 elements.

    A page that doesn't look as expected, or has instances that a service operates, is left to botocore.
    """
    body = response_dict["body"]
    start, end = body.find(STATUSES_BEGIN), body.rfind(STATUSES_END)
    ids, states = INSTANCE_ID.findall(body, start, end), INSTANCE_STATE.findall(body, start, end)
    if start < 0 or end < 0 or len(ids) != len(states) or SERVICE_MANAGED.search(body, start, end):
        return
    customized_response_dict["InstanceStatuses"] = [
        {"InstanceId": instance_id.decode(), "InstanceState": {"Name": state.decode()}}
        for instance_id, state in zip(ids, states, strict=True)
    ]
    response_dict["body"] = body[:start] + body[end + len(STATUSES_END) :]


def _cut(response_dict: dict[str, Any], **_: object) -> None:
    """Without the network interfaces, disks, tags and security groups parsing takes less than half."""
    response_dict["body"] = UNUSED.sub(b"", response_dict["body"])
