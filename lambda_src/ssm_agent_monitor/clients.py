"""The boto3 clients that a run needs: for the function's own account and Region, cheap to make and to use."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

from ssm_agent_monitor.parameters import MOST_CONCURRENT_CALLS

APIS = Path(__file__).with_name("apis")
"""Models of the three APIs with only what the evaluator uses (apis/README.md)."""

STATUSES_BEGIN, STATUSES_END = b"<instanceStatusSet>", b"</instanceStatusSet>"
INSTANCE_ID = re.compile(rb"<instanceId>([^<]+)</instanceId>")
INSTANCE_STATE = re.compile(rb"<instanceState>\s*<code>[^<]*</code>\s*<name>([^<]+)</name>")

SETTINGS = Config(
    retries={"mode": "adaptive", "total_max_attempts": 10},
    max_pool_connections=MOST_CONCURRENT_CALLS,
    connect_timeout=5,
    read_timeout=30,
    parameter_validation=False,  # of what the evaluator itself makes, a hundred evaluations a call
)


@dataclass(frozen=True, slots=True)
class Clients:
    """One client for each API."""

    ec2: Any
    ssm: Any
    config: Any


@cache
def clients() -> Clients:
    """Make the clients once; the Lambda runtime keeps them between invocations."""
    return make(boto3.session.Session(botocore_session=session()))


def session() -> botocore.session.Session:
    """A botocore session that looks for an API's model in this package first."""
    made = botocore.session.get_session()
    paths = [str(APIS), made.get_config_variable("data_path")]
    made.register_component("data_loader", create_loader(os.pathsep.join(filter(None, paths))))
    return made


def make(source: Any) -> Clients:
    """Make the clients from a boto3 session."""
    made = Clients(*(source.client(name, config=SETTINGS) for name in ("ec2", "ssm", "config")))
    made.ec2.meta.events.register("before-parse.ec2.DescribeInstanceStatus", _shorten_instance_statuses)
    return made


def _shorten_instance_statuses(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Take ids and states out of a page of statuses, before a parser builds a tree of it.

    A page of 1,000 has 30,000 elements, which takes a parser longer than 50 other calls. EC2 escapes what
    instances could make up, so a tag is a tag. A page that doesn't look as expected is left to botocore, as
    is each page by an older botocore, which has no such event.
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
