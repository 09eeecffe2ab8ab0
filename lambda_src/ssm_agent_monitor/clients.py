"""The boto3 clients that a run needs: for the function's own account and Region, cheap to make and to use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

from ssm_agent_monitor.instances import read_less
from ssm_agent_monitor.parameters import MOST_CONCURRENT_CALLS

APIS = Path(__file__).with_name("apis")
"""Models of the three APIs with only what the evaluator uses (apis/README.md)."""

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
    read_less(made.ec2)
    return made
